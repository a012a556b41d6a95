/**
 * The frames of `/ws` (docs/wire-contract.md): JSON text both ways.
 *
 * @typedef {{id?: number, event: string, data: object}} ClientFrame
 * @typedef {{kind: 'answer', id: number|string|null, ok?: object, error?: WireError}} Answer
 * @typedef {{kind: 'push', event: string, room_id?: string, epoch?: string, seq?: number, data: object}} Push
 * @typedef {{code: string, message: string, field?: string, limit?: number, retry_after?: number}} WireError
 */

/** Encodes a client frame; a frame without `id` gets no answer unless it is wrong. */
export function encode(event, data = {}, id = undefined) {
  return JSON.stringify(id === undefined ? { event, data } : { id, event, data });
}

/**
 * Reads one frame of the server.
 * @param {string} text
 * @returns {Answer|Push|null} null for anything that is neither; unknown events are pushes too.
 */
export function parse(text) {
  let frame;
  try {
    frame = JSON.parse(text);
  } catch {
    return null;
  }
  if (frame === null || typeof frame !== 'object' || Array.isArray(frame)) return null;
  if (typeof frame.event === 'string') {
    return {
      kind: 'push',
      event: frame.event,
      room_id: frame.room_id ?? frame.data?.room_id,
      epoch: frame.epoch ?? frame.data?.epoch,
      seq: Number.isInteger(frame.seq) ? frame.seq : undefined,
      data: frame.data ?? {},
    };
  }
  if (frame.error) return { kind: 'answer', id: frame.id ?? null, error: frame.error };
  if ('ok' in frame) return { kind: 'answer', id: frame.id ?? null, ok: frame.ok ?? {} };
  return null;
}

/** Close codes after which connecting again by itself would be wrong or rude. */
export const CloseCode = {
  sessionEnded: 4401,
  replaced: 4408,
  tooManyViolations: 4429,
};
