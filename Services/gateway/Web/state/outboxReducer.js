/** A text that is not sent after this time says so. Milliseconds. */
const LATE_AFTER = 10_000;

/**
 * What was written here and is not yet a message of the room: `pending` (waiting or in the air, `late` when for long),
 * `sent` (answered, its push is on the way), `failed` (refused; the author decides).
 */
export function reduceOutbox(state, action) {
  const next = reduceItems(state, action);
  return next === state.outbox ? state : { ...state, outbox: next };
}

function reduceItems({ outbox, rooms, session }, action) {
  const change = (id, patch) => outbox.map((item) => (item.client_id === id ? { ...item, ...patch } : item));
  switch (action.type) {
    case 'queued':
      return [...outbox, action.item];
    case 'restored': {
      const known = new Set(outbox.map((item) => item.client_id));
      return [...outbox, ...action.items.filter((item) => !known.has(item.client_id))];
    }
    case 'sent':
      return withoutArrived(
        change(action.client_id, { state: 'sent', answer: action.answer, error: null, held: null }),
        rooms,
      );
    case 'held':
      return change(action.client_id, { held: { code: action.code, until: action.until } });
    case 'tick': {
      const isLate = ({ state, late, at }) => state === 'pending' && !late && action.at - at >= LATE_AFTER;
      return outbox.some(isLate) ? outbox.map((item) => (isLate(item) ? { ...item, late: true } : item)) : outbox;
    }
    case 'failed':
      return change(action.client_id, { state: 'failed', error: action.error });
    case 'retried':
      return change(action.client_id, { state: 'pending', error: null, at: action.at, late: false, held: null });
    case 'discarded':
      return outbox.filter((item) => item.client_id !== action.client_id);
    case 'push': {
      const { frame } = action;
      if (!outbox.length || !frame.room_id) return outbox;
      const arrived = frame.event === 'room_history' ? (frame.data.messages ?? []) : [frame.data];
      const mine = new Set(
        arrived.filter((m) => m.user_id === session.user?.user_id && m.client_id).map((m) => m.client_id),
      );
      return withoutArrived(mine.size ? outbox.filter((item) => !mine.has(item.client_id)) : outbox, rooms);
    }
    default:
      return outbox;
  }
}

/** An answered text whose place the room has passed is shown by the room itself. */
function withoutArrived(outbox, rooms) {
  const left = outbox.filter((item) => {
    const seq = rooms[item.room_id]?.seq;
    return item.state !== 'sent' || seq === null || seq === undefined || item.answer.seq > seq;
  });
  return left.length === outbox.length ? outbox : left;
}
