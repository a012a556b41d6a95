import { setText } from '../ui/dom.js';
import { staleFor } from '../state/selectors.js';
import { tickCard } from './signalCard.js';

/**
 * Keeps running cards and their rows in the table true by the second: how long they are valid, and that nothing can be
 * known while the link is down or nobody answers. Patches text nodes only.
 */
export function mountTicker(timeline, table, store, now) {
  return () => {
    const stale = staleFor(store.getState().link, now());
    for (const node of timeline.querySelectorAll('[data-running]')) tickCard(node, now(), stale);
    for (const node of table.querySelectorAll('.running')) {
      setText(node, stale ? 'STALE' : 'LIVE');
      node.classList.toggle('stale', stale > 0);
    }
  };
}
