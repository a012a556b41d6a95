const panels = ['signals', 'members', 'alerts'];

/**
 * The page's place, kept in the address so that Back works: `#/squad_alpha`, `#/squad_alpha/members`, `#/rooms`.
 * @returns {{room: string|null, panel: string|null, list: boolean}}
 */
export function parseRoute(hash) {
  const [first = '', second = ''] = hash.replace(/^#\/?/, '').split('/').map(decode);
  if (first === 'rooms') return { room: null, panel: null, list: true };
  return { room: first || null, panel: panels.includes(second) ? second : null, list: false };
}

/** The address of a place. */
export function formatRoute({ room, panel, list }) {
  if (list || !room) return '#/rooms';
  return `#/${encodeURIComponent(room)}${panel ? `/${panel}` : ''}`;
}

/**
 * The place that is shown when one is asked for: a room that is not ours leads to the last one, or to the first.
 * @param {{rooms: object, roomOrder: string[]}} state
 * @param {string|null} last the room shown before
 * @param {boolean} narrow whether the list of rooms is a screen of its own
 */
export function placeFor(asked, { rooms, roomOrder }, last, narrow) {
  const wanted = asked.room ?? last;
  const here = Object.hasOwn(rooms, wanted) ? wanted : (roomOrder[0] ?? null);
  const room = asked.list && narrow ? null : here;
  return { ...asked, room, list: room === null };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
