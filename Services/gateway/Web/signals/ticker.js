import { tickCard } from './signalCard.js';

/**
 * Keeps running cards true by the second: how long they are valid, and that nothing can be known while the link is
 * down. Patches text nodes only.
 */
export function mountTicker(element, store, now) {
  return () => {
    const { link } = store.getState();
    const stale = link.phase === 'secure' ? 0 : now() - link.since;
    for (const node of element.querySelectorAll('[data-running]')) tickCard(node, now(), stale);
  };
}
