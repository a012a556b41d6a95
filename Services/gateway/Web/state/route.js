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

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
