import { HQ_SILENT_AFTER, LINE_SILENT_AFTER } from './waits.js';

const patience = { line: LINE_SILENT_AFTER, hq: HQ_SILENT_AFTER };

/**
 * Whether what is asked is answered. The ping ends in the gateway and tells of the line alone; that somebody behind it
 * works is told by the answers to commands.
 *
 * @param {object} options
 * @param {(doubt: {of: 'line'|'hq', since: number}|null, wasSilent: boolean) => void} options.tell hears of every change,
 *   and at its end whether somebody was silent, or only refused
 */
export function createDoubt({ clock, tell }) {
  const open = new Map();
  /** Since when HQ refuses as if it could do nothing. */
  let refused = Infinity;
  let told = null;
  let wasSilent = false;
  let timer = null;

  function look() {
    clock.clearTimeout(timer);
    const since = { line: Infinity, hq: Infinity };
    for (const { of, at } of open.values()) since[of] = Math.min(since[of], at);
    if (since.hq + patience.hq <= clock.now()) wasSilent = true;
    since.hq = Math.min(since.hq, refused);
    let due = null;
    let next = Infinity;
    // The line last: nobody can answer over one that is silent itself.
    for (const of of ['hq', 'line']) {
      const wait = since[of] + patience[of] - clock.now();
      if (wait <= 0) due = { of, since: since[of] };
      else next = Math.min(next, wait);
    }
    if (next < Infinity) timer = clock.setTimeout(look, next);
    if (told?.of !== due?.of || told?.since !== due?.since) tell((told = due), wasSilent);
    if (!due) wasSilent = false;
  }

  return {
    asked(id, event) {
      open.set(id, { at: clock.now(), of: event === 'ping' ? 'line' : 'hq' });
      look();
    },
    /** @param {object} [error] the refusal, if it was one; `silent` where none came in time */
    settled(id, error) {
      const { of, at } = open.get(id) ?? {};
      open.delete(id);
      // Who refuses for another reason works.
      if (of === 'hq') refused = error && isNotNow(error) ? Math.min(refused, at) : Infinity;
      look();
    },
    /** Another line, or none: what was asked on this one tells nothing any more. */
    clear() {
      open.clear();
      refused = Infinity;
      look();
    },
    isOpen: () => open.size > 0,
  };
}

/** Nobody can do it now. Without a wait it is this one thing that fails. */
const isNotNow = ({ code, retry_after, silent }) =>
  silent || code === 'busy' || (code === 'unavailable' && retry_after);
