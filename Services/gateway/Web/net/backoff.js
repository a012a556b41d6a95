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
