import { setText } from '../ui/dom.js';
import { dayLabel, duration } from '../ui/time.js';
import { staleFor } from '../state/selectors.js';
import { tickCard } from '../signals/signalCard.js';

const reasons = {
  rate_limited: 'Too many messages at once; sent',
  busy: 'The squad is very busy; tried again',
};

/** A text that is on its way for this long is seen to be. Milliseconds. */
const SEEN_AFTER = 1_000;

/**
 * Why a text is not sent yet, as far as that is known; null while it is on its way as usual.
 * @param {{linked: boolean, joined: boolean}} [way] what it needs to be sent at all
 */
export function heldWords({ state, late, at, held }, now, { linked, joined } = { linked: true, joined: true }) {
  if (state !== 'pending') return null;
  // Only what holds the text back may be named: a limit of its author's is no fault of the suite, nor the other way.
  const reason = held?.until > now && reasons[held.code];
  if (reason) return `${reason} in ${duration(held.until - now + 999)}.`;
  if (late) return `Not sent yet, after ${duration(now - at)}. It is tried again by itself.`;
  if (!linked) return 'Not sent yet: it waits for the link.';
  if (!joined) return 'Not sent yet: it waits for the room to open.';
  return now - at >= SEEN_AFTER ? 'Sending…' : null;
}

/** Says it in the line below the text. */
export function tickHeld(node, entry, now, { link, rooms }) {
  const way = { linked: link.phase === 'secure', joined: rooms[entry.room_id]?.joined };
  const words = heldWords(entry, now, way);
  node.hidden = words === null;
  setText(node.lastElementChild, words ?? '');
  return node;
}

/**
 * Keeps true by the second what time changes: running cards, their rows in the table and who is on the net, of which
 * nothing is known while nobody answers; texts that wait; which day is today. Patches text nodes only.
 *
 * @param {((isStale: boolean) => void)[]} people
 */
export function mountTicker(timeline, table, people, store, now) {
  return () => {
    const state = store.getState();
    const stale = staleFor(state.link, now());
    for (const draw of people) draw(stale > 0);
    for (const node of timeline.querySelectorAll('[data-running]')) tickCard(node, now(), stale);
    for (const node of table.querySelectorAll('.running')) {
      setText(node, stale ? 'STALE' : 'LIVE');
      node.classList.toggle('stale', stale > 0);
    }
    for (const node of timeline.querySelectorAll('.held')) {
      tickHeld(node, node.closest('.outgoing').item.entry, now(), state);
    }
    // Today becomes yesterday while nobody writes.
    for (const node of timeline.querySelectorAll('.day')) setText(node.firstElementChild, dayLabel(node.item.at, now()));
  };
}
