import { el } from '../ui/dom.js';

/** Two live regions for the whole page: one polite and batched, one that interrupts. */
export function mountAnnouncer(element, clock) {
  const polite = el('div', { class: 'visually-hidden', 'aria-live': 'polite', role: 'status' });
  const urgent = el('div', { class: 'visually-hidden', 'aria-live': 'assertive', role: 'alert' });
  element.append(polite, urgent);
  let waiting = [];
  let timer = null;

  function flush() {
    timer = null;
    polite.textContent = waiting.length > 3 ? `${waiting.length} new messages` : waiting.join('. ');
    waiting = [];
  }

  return {
    say(text) {
      waiting.push(text);
      timer ??= clock.setTimeout(flush, 2_000);
    },
    alert(text) {
      urgent.textContent = '';
      clock.setTimeout(() => (urgent.textContent = text), 50);
    },
  };
}
