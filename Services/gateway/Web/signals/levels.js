const directions = { BUY: true, SELL: false };

/**
 * The figures of one signal under the names that every signal has once it is inside the suite. Numbers may be text; what
 * is missing stays missing (shown as a dash, never made up).
 */
export function readSignal(message) {
  const { signal_data: data, outcome } = message.metadata ?? {};
  if (!data || typeof data !== 'object') return null;
  const entry = number(data.entry_price);
  const stop = number(data.stop_loss);
  const target = number(data.take_profit);
  return {
    id: String(data.signal_id ?? message.message_id),
    pair: String(data.pair ?? '—'),
    long: directions[String(data.direction ?? '').toUpperCase()] ?? null,
    tcs: number(data.tcs),
    entry,
    stop,
    target,
    riskReward: number(data.risk_reward) ?? ratio(entry, stop, target),
    places: places(data.entry_price, data.stop_loss, data.take_profit),
    pattern: words(data.pattern_type),
    class: words(data.signal_class),
    session: words(data.session),
    expiresAt: instant(data.expires_at),
    result: readOutcome(outcome, entry, stop, number(data.stop_pips)),
  };
}

/** An alert about a signal in the words of its card; null where the alert carries no figures. */
export function inWords(data) {
  const signal = readSignal({ metadata: { signal_data: data } });
  if (!signal) return null;
  const { pair, long, entry, stop, target, places: decimals } = signal;
  const level = (name, value) => (value === null ? null : `${name} ${price(value, decimals)}`);
  const way = long === null ? null : long ? 'LONG' : 'SHORT';
  const head = [pair, way].filter(Boolean).join(' ');
  return [head, level('entry', entry), level('SL', stop), level('TP', target)].filter(Boolean).join(' · ');
}

/** @returns {{name: string, pips: number|null, r: number|null, exit: number|null}|null} null while it runs */
function readOutcome(outcome, entry, stop, stopPips) {
  const name = String(outcome?.outcome ?? '').toUpperCase();
  if (!['WIN', 'LOSS', 'TIMEOUT'].includes(name)) return null;
  const pips = number(outcome.pips_result);
  const exit = number(outcome.exit_price);
  let r = null;
  if (exit !== null && entry !== null && stop !== null && entry !== stop) r = (exit - entry) / (entry - stop);
  else if (pips !== null && stopPips) r = pips / stopPips;
  return { name, pips, r, exit };
}

/** 85 and more is high, 70 good, less low: always number and word, never colour alone. */
export const band = (tcs) => (tcs >= 85 ? 'high' : tcs >= 70 ? 'good' : 'low');

export const price = (value, decimals) => (value === null ? '—' : value.toFixed(decimals));

export const signed = (value, decimals = 1) =>
  value === null ? '–' : `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(decimals)}`;

/** Where a price lies between stop (0) and target (1), held inside the ladder; null when there is no ladder. */
export function place({ stop, target }, value) {
  if (stop === null || target === null || value === null || stop === target) return null;
  return Math.min(1, Math.max(0, (value - stop) / (target - stop)));
}

function number(value) {
  if (value === null || value === undefined || value === '' || typeof value === 'boolean') return null;
  const read = Number(value);
  return Number.isFinite(read) ? read : null;
}

const ratio = (entry, stop, target) =>
  [entry, stop, target].includes(null) || entry === stop ? null : Math.abs((target - entry) / (entry - stop));

/** As many decimals as the most exact of the prices was written with. */
function places(...values) {
  const written = values.map((value) => (String(value ?? '').split('.')[1] ?? '').length);
  return Math.min(8, Math.max(2, ...written));
}

/** Milliseconds since 1970 from RFC 3339 text or from epoch seconds. */
function instant(value) {
  const seconds = number(value);
  if (seconds !== null) return seconds > 1e11 ? seconds : seconds * 1000;
  const at = Date.parse(value ?? '');
  return Number.isNaN(at) ? null : at;
}

const words = (value) => (value ? String(value).replaceAll('_', ' ').toLowerCase() : null);
