import { el, iconButton, unspoken } from '../ui/dom.js';
import { quickEmoji } from './reactions.js';

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
  box.style.setProperty('--top', `${placeBeside(row, list.parentElement, box.offsetHeight)}px`);
  document.addEventListener('pointerdown', outside);
  buttons[0].focus();
}

/** What the picker keeps from its row, in pixels. */
const GAP = 4;

/** Above the row it belongs to, or below where there is no room; never over it, unless it fills the stage. */
function placeBeside(row, stage, height) {
  const area = stage.getBoundingClientRect();
  const { top, bottom } = row.getBoundingClientRect();
  const above = top - area.top - height - GAP;
  const below = bottom - area.top + GAP;
  if (above >= 0) return above;
  return below + height <= area.height ? below : Math.max(0, area.height - height - GAP);
}
