import { el, iconButton, unspoken } from '../ui/dom.js';
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

let close = null;

/**
 * A small group of emoji over a row. Arrows move, Enter chooses, Escape closes; the focus goes back where it was.
 * @param {Element} row
 * @param {(emoji: string|null) => void} choose
 */
export function openPicker(row, choose) {
  close?.();
  const opener = document.activeElement;
  const buttons = quickEmoji.map(([emoji, word], index) =>
    iconButton(unspoken(emoji), word, () => done(emoji), { tabindex: index ? -1 : 0 }),
  );
  const box = el('div', { class: 'picker', role: 'group', 'aria-label': 'Choose a reaction' }, ...buttons);

  function done(emoji) {
    close = null;
    const back = box.contains(document.activeElement);
    document.removeEventListener('pointerdown', outside);
    box.remove();
    if (back) (opener?.isConnected ? opener : row).focus({ preventScroll: true });
    choose(emoji);
  }

  const outside = (event) => !box.contains(event.target) && done(null);
  close = () => done(null);

  box.addEventListener('keydown', (event) => {
    const at = buttons.indexOf(document.activeElement);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 4, ArrowUp: -4 };
    event.stopPropagation();
    if (event.key === 'Escape') done(null);
    else if (event.key === 'Tab') done(null);
    else if (steps[event.key]) buttons[(at + steps[event.key] + buttons.length) % buttons.length].focus();
    else return;
    event.preventDefault();
  });
  // Beside the list, not in the row: a redrawn row must not take it away.
  const list = row.closest('.timeline');
  list.parentElement.append(box);
  const place = row.getBoundingClientRect().top - list.parentElement.getBoundingClientRect().top;
  box.style.setProperty('--top', `${Math.max(60, place - 44)}px`);
  document.addEventListener('pointerdown', outside);
  buttons[0].focus();
}
