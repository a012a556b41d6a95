/** Round trips of the last minute; figures exist only once something was measured. */
export function createLatency({ span = 60_000, now = () => Date.now() } = {}) {
  let samples = [];
  return {
    /** @param {number} milliseconds one round trip */
    add(milliseconds) {
      samples.push({ at: now(), value: milliseconds });
      samples = samples.filter((sample) => now() - sample.at <= span);
    },
    clear() {
      samples = [];
    },
    /** @returns {{median: number|null, p95: number|null, values: number[]}} milliseconds, oldest value first */
    summary() {
      const values = samples.map((sample) => sample.value);
      const sorted = [...values].sort((a, b) => a - b);
      const at = (q) => (sorted.length ? sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] : null);
      return { median: at(0.5), p95: at(0.95), values: values.slice(-12) };
    },
  };
}
