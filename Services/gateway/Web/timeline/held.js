import { el, setText } from '../ui/dom.js';
import { duration } from '../ui/time.js';

/** Why a text is not sent yet, as far as that is known; null while it is on its way as usual. */
export function heldWords({ state, late, at, held }, now) {
  if (state !== 'pending') return null;
  // Only what holds the text back may be named: a limit of its author's is no fault of the suite, nor the other way.
  const reason = held && held.until > now ? reasons[held.code] : undefined;
  if (reason) return `${reason} in ${duration(held.until - now + 999)}.`;
  return late ? `Not sent yet, after ${duration(now - at)}. It is tried again by itself.` : null;
}

const reasons = {
  rate_limited: 'Too many messages at once; sent',
  busy: 'The squad is very busy; tried again',
};

/** The line below a text that waits. */
export function held(entry, now) {
  const words = heldWords(entry, now);
  return el('div', { class: 'held', hidden: words === null }, words ?? '');
}

/** Keeps those lines true by the second. */
export function mountHeld(element, now) {
  return () => {
    for (const node of element.querySelectorAll('.held')) {
      const words = heldWords(node.closest('.outgoing').item.entry, now());
      node.hidden = words === null;
      setText(node, words ?? '');
    }
  };
}
