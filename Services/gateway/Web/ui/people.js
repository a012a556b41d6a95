import { el, svg } from './dom.js';

const ranks = {
  commander: { icon: 'rank-commander', short: 'COMMANDER', class: 'commander' },
  sergeant: { icon: 'rank-sergeant', short: 'SGT', class: 'sergeant' },
  corporal: { icon: 'rank-corporal', short: 'CPL', class: '' },
  recruit: { icon: 'rank-recruit', short: 'RCT', class: '' },
  observer: { icon: 'rank-observer', short: 'OBS', class: '' },
};

/** The roles with a rank, the highest first. */
export const rankOrder = Object.keys(ranks);

/** The insignia and its word; the word stays when colours and shapes cannot be seen. */
export function rank(role, long = false) {
  const known = ranks[String(role ?? '').toLowerCase()];
  if (!known) return null;
  const mark = svg('svg', { 'aria-hidden': 'true' }, svg('use', { href: `#i-${known.icon}` }));
  return el(
    'span',
    { class: `rank ${known.class}`.trim(), title: role },
    mark,
    long ? role.toUpperCase() : known.short,
  );
}

/** One of eight tints by user id: the same person has the same colour on every screen. */
export function tint(userID) {
  let hash = 5381; // D. J. Bernstein's hash; its middle bits spread short names best
  for (const character of String(userID)) hash = (Math.imul(hash, 33) + character.codePointAt(0)) >>> 0;
  return userID === 'SYSTEM' ? 'tint-hq' : `tint-${((hash >>> 7) % 8) + 1}`;
}

export const nameOf = (person) => person.callsign || person.username || person.user_id || '?';

/** Two letters in a square; presence by shape: disc on the net, ring off it. */
export function avatar(person, size = 'large', online = null) {
  const letters = [...nameOf(person).replace(/[^\p{L}\p{N}]/gu, '')].slice(0, 2).join('').toUpperCase();
  return el(
    'span',
    { class: `avatar ${size} ${tint(person.user_id)}`, 'aria-hidden': 'true' },
    letters,
    online === null ? null : el('i', { class: online ? '' : 'off' }),
  );
}
