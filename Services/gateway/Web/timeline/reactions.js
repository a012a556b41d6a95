import { el, unspoken } from '../ui/dom.js';
import { nameOf } from '../ui/people.js';
import { reactionsOf } from '../state/reactions.js';
import { may } from '../state/selectors.js';

/** The quick ones, with the words a screen reader says for them. */
export const quickEmoji = [
  ['🎯', 'target'],
  ['👍', 'thumbs up'],
  ['🔥', 'fire'],
  ['✅', 'done'],
  ['👀', 'watching'],
  ['💰', 'money'],
  ['😂', 'laughing'],
  ['⚠️', 'warning'],
];
const words = new Map(quickEmoji);

const wordFor = (emoji) => words.get(emoji) ?? emoji;

/** The chips under a message, or null when there are none. */
export function reactions(message, room, { user, actions }) {
  const entries = reactionsOf(message, user.user_id);
  if (!entries.length) return null;
  return el('div', { class: 'reactions' }, ...entries.map((entry) => chip(message, room, entry, { user, actions })));
}

function chip(message, room, { emoji, count, people, mine, waits }, { user, actions }) {
  const name = (id) => (id === user.user_id ? 'you' : nameOf(room?.members[id] ?? { user_id: id }));
  const names = namesIn(people, count, name);
  const label = `${wordFor(emoji)}, ${count}${mine ? ', yours included' : ''}${waits ? ', yours waits' : ''}: ${names}`;
  const inside = [unspoken(emoji), unspoken(` ${waits ? '…' : count}`)];
  if (!may(room, 'react')) return el(
    'span',
    { class: 'reaction', role: 'img', 'aria-label': label, title: names },
    ...inside,
  );
  return el(
    'button',
    {
      type: 'button',
      class: waits && 'waiting',
      'data-control': `rx:${emoji}`,
      'aria-pressed': String(mine),
      'aria-label': label,
      title: names,
      on: { click: () => actions.react(message, emoji) },
    },
    ...inside,
  );
}

/** `you, Ghost-2 and 9950 more`: not everybody is named. */
export function namesIn(people, count, name) {
  const more = count > people.length ? `and ${count - people.length} more` : '';
  return [people.map(name).join(', '), more].filter(Boolean).join(' ');
}
