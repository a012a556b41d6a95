import { el } from '../ui/dom.js';

const keys = [
  ['Enter', 'send'],
  ['Shift Enter', 'new line'],
  ['@', 'names: ↑ ↓ move, Enter takes one'],
  ['Alt ↑ / Alt ↓', 'previous or next room'],
  ['Alt Shift ↑ / ↓', 'previous or next unread room'],
  ['F6', 'next part of the page'],
  ['↑ in an empty message', 'into the timeline'],
  ['↑ ↓ or k j', 'in the timeline: move'],
  ['Home / End', 'in the timeline: first or last row'],
  ['Enter', 'in the timeline: into the row, Esc leaves it'],
  ['+', 'in the timeline: react'],
  ['n', 'next unread room'],
  ['Esc', 'mark read, then back to the message field'],
  ['?', 'this sheet'],
];

/** The sheet of keys, with the switch for keys without a modifier (WCAG 2.1.4). */
export function mountHelp(element, settings) {
  const single = el('input', { type: 'checkbox', id: 'single' });
  single.checked = settings.singleKeys();
  single.addEventListener('change', () => settings.setSingleKeys(single.checked));
  const rows = keys.map(([key, what]) => el('div', {}, el('dt', {}, el('kbd', {}, key)), el('dd', {}, what)));
  const close = el(
    'button',
    { type: 'button', class: 'button primary', autofocus: true, on: { click: () => element.close() } },
    'Close',
  );
  element.setAttribute('aria-labelledby', 'keys');
  element.append(
    el('h2', { id: 'keys' }, 'Keys'),
    el('dl', {}, ...rows),
    el('p', { class: 'switch' }, single, el('label', { for: 'single' }, 'Keys without Ctrl or Alt')),
    close,
  );
  element.addEventListener('click', (event) => event.target === element && element.close());
  return () => element.open || element.showModal();
}
