import { setText } from '../ui/dom.js';
import { duration } from '../ui/time.js';
import { staleFor } from '../state/selectors.js';
import { tickCard } from '../signals/signalCard.js';

const reasons = {
  rate_limited: 'Too many messages at once; sent',
  busy: 'The squad is very busy; tried again',
};

/** Why a text is not sent yet, as far as that is known; null while it is on its way as usual. */
export function heldWords({ state, late, at, held }, now) {
  if (state !== 'pending') return null;
  // Only what holds the text back may be named: a limit of its author's is no fault of the suite, nor the other way.
  const reason = held?.until > now && reasons[held.code];
  if (reason) return `${reason} in ${duration(held.until - now + 999)}.`;
  return late ? `Not sent yet, after ${duration(now - at)}. It is tried again by itself.` : null;
}

/** Says it in the line below the text. */
export function tickHeld(node, entry, now) {
  const words = heldWords(entry, now);
  node.hidden = words === null;
  setText(node, words ?? '');
  return node;
}

/**
 * Keeps true by the second what says for how long: running cards and their rows in the table, of which nothing is known
 * while nobody answers, and texts that wait. Patches text nodes only.
 */
export function mountTicker(timeline, table, store, now) {
  return () => {
    const stale = staleFor(store.getState().link, now());
    for (const node of timeline.querySelectorAll('[data-running]')) tickCard(node, now(), stale);
    for (const node of table.querySelectorAll('.running')) {
      setText(node, stale ? 'STALE' : 'LIVE');
      node.classList.toggle('stale', stale > 0);
    }
    for (const node of timeline.querySelectorAll('.held')) tickHeld(node, node.closest('.outgoing').item.entry, now());
  };
}
