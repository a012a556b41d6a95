import { HQ_SILENT_AFTER, LINE_SILENT_AFTER } from './waits.js';

/**
 * Whether what is asked is answered. The ping ends in the gateway: it tells of the line alone. That somebody behind it
 * works is told by nothing but the answers to commands.
 *
 * @param {object} options
 * @param {(doubt: {of: 'line'|'hq', since: number}|null) => void} options.tell hears of every change
 */
export function createDoubt({ clock, tell }) {
  const open = new Map();
  let refusedSince = null;
  let told = null;
  let timer = null;

  const oldest = (of) => Math.min(...[...open.values()].filter((each) => each.of === of).map(({ at }) => at));

  function look() {
    clock.clearTimeout(timer);
    // Nobody can answer over a line that is silent itself: that is said first.
    const reasons = [
      { of: 'line', since: oldest('line'), after: LINE_SILENT_AFTER },
      { of: 'hq', since: Math.min(oldest('hq'), refusedSince ?? Infinity), after: HQ_SILENT_AFTER },
    ].filter(({ since }) => since < Infinity);
    const now = clock.now();
    const due = reasons.find(({ since, after }) => now - since >= after);
    const waits = reasons.map(({ since, after }) => since + after - now).filter((wait) => wait > 0);
    if (waits.length) timer = clock.setTimeout(look, Math.min(...waits));
    if (told?.of === due?.of && told?.since === due?.since) return;
    told = due ? { of: due.of, since: due.since } : null;
    tell(told);
  }

  return {
    asked(id, event) {
      open.set(id, { at: clock.now(), of: event === 'ping' ? 'line' : 'hq' });
      look();
    },
    /** @param {object} [error] the refusal, if it was one; `silent` where none came in time */
    settled(id, error) {
      const asked = open.get(id);
      open.delete(id);
      if (asked?.of === 'hq') {
        if (!error) refusedSince = null;
        else if (isNotNow(error)) refusedSince = Math.min(refusedSince ?? Infinity, asked.at);
      }
      look();
    },
    /** Another line, or none: what was asked on this one tells nothing any more. */
    clear() {
      open.clear();
      refusedSince = null;
      look();
    },
    isOpen: () => open.size > 0,
  };
}

/** Nobody can do it now. Without a wait it is this one thing that fails, and the others may well work. */
const isNotNow = ({ code, retry_after, silent }) =>
  silent === true || code === 'busy' || (code === 'unavailable' && retry_after !== undefined);
