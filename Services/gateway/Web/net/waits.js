// How long the page waits for the network, in milliseconds.

/** A dead network leaves a question open, and a socket "connecting", for minutes. */
export const ANSWER_WITHIN = 10_000;

/** A socket is given this long to open once somebody is known to be there: the browser itself may hold it back. */
export const CONNECT_WITHIN = 60_000;

/** A link that stood for this long was no accident: the next loss begins with a short wait again. */
export const STEADY_AFTER = 5_000;

/** How often the link is measured, and a dead one found out. */
export const PING_EVERY = 5_000;

/** A line that carries no ping back for this long is doubted; it is given up with the ping itself. */
export const LINE_SILENT_AFTER = 3_000;

/** What HQ leaves unanswered for this long is said: whoever asked has begun to wonder. */
export const HQ_SILENT_AFTER = 5_000;

/** A reaction that is not answered for this long is shown as one that waits. */
export const REACTION_SHOWN_AFTER = 1_000;

/** Who is signed in is asked again when no answer came. */
export const ASK_AGAIN = 2_000;

/** A room or a text that was refused for now is tried again, not sooner. */
export const TRY_AGAIN = 1_000;

/** And not later, however often it was refused. */
const TRY_AGAIN_AT_LAST = 30_000;

/**
 * The wait after a refusal: not less than the server said, and longer each time, as every attempt makes work and a line
 * in a log. A limit ends when it is said to end.
 *
 * @param {{code: string, retry_after?: number}} error
 * @param {number} attempt refusals in a row, from 1
 */
export function afterRefusal({ code, retry_after }, attempt, random = Math.random) {
  const floor = retry_after ? retry_after * 1000 : TRY_AGAIN;
  if (code === 'rate_limited' && retry_after) return floor;
  return Math.max(floor, backoff(attempt, random, { base: TRY_AGAIN, cap: TRY_AGAIN_AT_LAST - floor, floor }));
}

/**
 * The wait before the next attempt: exponential growth with full jitter, so that a thousand pages which lost one
 * gateway do not return in one instant.
 *
 * @param {number} attempt attempts already made, from 1
 * @param {() => number} random uniform in 0..<1
 * @param {{base?: number, cap?: number, floor?: number}} limits in milliseconds
 * @returns {number} milliseconds
 */
export function backoff(attempt, random = Math.random, { base = 400, cap = 15_000, floor = 100 } = {}) {
  const doublings = Math.min(attempt - 1, 16); // beyond that the cap decides
  return floor + Math.floor(random() * Math.min(cap, base * 2 ** doublings));
}
