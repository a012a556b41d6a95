import { el } from '../ui/dom.js';
import { nameOf } from '../ui/people.js';
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
  const entries = Object.entries(message.reactions ?? {}).filter(([, people]) => people?.length);
  if (!entries.length) return null;
  return el(
    'div',
    { class: 'rx' },
    ...entries.map(([emoji, people]) => chip(message, room, emoji, people, { user, actions })),
  );
}

function chip(message, room, emoji, people, { user, actions }) {
  const mine = people.includes(user.user_id);
  const names = people.map((id) => (id === user.user_id ? 'you' : nameOf(room?.members[id] ?? { user_id: id })));
  const label = `${wordFor(emoji)}, ${people.length}${mine ? ', yours included' : ''}: ${names.join(', ')}`;
  const inside = [
    el('span', { 'aria-hidden': 'true' }, emoji),
    el('span', { 'aria-hidden': 'true' }, ` ${people.length}`),
  ];
  if (!may(room, 'react')) return el(
    'span',
    { class: 'chip-rx', role: 'img', 'aria-label': label, title: names.join(', ') },
    ...inside,
  );
  return el(
    'button',
    {
      type: 'button',
      'data-control': `rx:${emoji}`,
      'aria-pressed': String(mine),
      'aria-label': label,
      title: names.join(', '),
      on: { click: () => actions.react(message, emoji) },
    },
    ...inside,
  );
}
