const directions = { BUY: true, SELL: false };

/**
 * The figures of one signal under the names that every signal has once it is inside the suite. Numbers may be text; what
 * is missing stays missing (shown as a dash, never made up). `shown` are entry, stop and target as they were written.
 */
export function readSignal(message) {
  const { signal_data: data, outcome } = message.metadata ?? {};
  if (!data || typeof data !== 'object') return null;
  const written = ['entry_price', 'stop_loss', 'take_profit'].map((name) => data[`${name}_text`] ?? data[name]);
  const [entry, stop, target] = written.map(number);
  const decimals = Math.max(...written.map(places));
  const result = readOutcome(outcome, entry, stop, number(data.stop_pips), decimals);
  const stale = data.stale === true;
  return {
    pair: String(data.pair ?? '—'),
    long: directions[String(data.direction ?? '').toUpperCase()] ?? null,
    tcs: number(data.tcs),
    entry,
    stop,
    target,
    shown: written.map((value) => price(value, decimals)),
    riskReward: number(data.risk_reward) ?? ratio(entry, stop, target),
    places: decimals,
    pattern: words(data.pattern_type),
    class: words(data.signal_class),
    session: words(data.session),
    expiresAt: Date.parse(data.expires_at) || null,
    stale,
    result,
    // Of one that came too late nobody knows how its trade stands, unless its outcome says so.
    open: !result && !stale,
  };
}

/** An alert about a signal in the words of its card; null where the alert carries no figures. */
export function inWords(data) {
  const signal = readSignal({ metadata: { signal_data: data } });
  if (!signal) return null;
  const { pair, long, shown } = signal;
  const way = long === null ? null : long ? 'LONG' : 'SHORT';
  const levels = ['entry', 'SL', 'TP'].map((name, index) => shown[index] === '—' ? null : `${name} ${shown[index]}`);
  return [[pair, way].filter(Boolean).join(' '), ...levels].filter(Boolean).join(' · ');
}

/** @returns {{name: string, pips: ?number, r: ?number, exit: ?number, at: string}|null} null while it runs */
function readOutcome(outcome, entry, stop, stopPips, decimals) {
  const name = String(outcome?.outcome ?? '').toUpperCase();
  if (!['WIN', 'LOSS', 'TIMEOUT'].includes(name)) return null;
  const pips = number(outcome.pips_result);
  const written = outcome.exit_price_text ?? outcome.exit_price;
  const exit = number(written);
  let r = null;
  if (exit !== null && entry !== null && stop !== null && entry !== stop) r = (exit - entry) / (entry - stop);
  else if (pips !== null && stopPips) r = pips / stopPips;
  return { name, pips, r, exit, at: price(written, Math.max(decimals, places(written))) };
}

/** 85 and more is high, 70 good, less low: always number and word, never colour alone. */
export const band = (tcs) => (tcs >= 85 ? 'high' : tcs >= 70 ? 'good' : 'low');

/** Text is a price as it was written; a number has no last zeros, and is as exact as those beside it. */
export function price(value, decimals) {
  const read = number(value);
  return read === null ? '—' : typeof value === 'string' ? value : read.toFixed(decimals);
}

export const signed = (value, decimals = 1) =>
  value === null ? '–' : `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(decimals)}`;

/** Where a price lies between stop (0) and target (1), held inside the ladder; null when there is no ladder. */
export function place({ stop, target }, value) {
  if (stop === null || target === null || value === null || stop === target) return null;
  return Math.min(1, Math.max(0, (value - stop) / (target - stop)));
}

function number(value) {
  const read = value === '' || typeof value === 'boolean' ? NaN : Number(value ?? NaN);
  return Number.isFinite(read) ? read : null;
}

const ratio = (entry, stop, target) =>
  [entry, stop, target].includes(null) || entry === stop ? null : Math.abs((target - entry) / (entry - stop));

/** The decimals of a price, without an exponent and without what a binary fraction adds. */
function places(value) {
  const text = typeof value === 'string' ? value : number(value)?.toLocaleString('en', { maximumSignificantDigits: 10 });
  return Math.min(100, text?.split('.')[1]?.length ?? 0);
}

const words = (value) => (value ? String(value).replaceAll('_', ' ').toLowerCase() : null);
