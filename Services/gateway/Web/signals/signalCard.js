import { el, icon, setText } from '../ui/dom.js';
import { duration } from '../ui/time.js';
import { gauge, ladder } from './drawings.js';
import { band, readSignal, signed } from './levels.js';

/** Whether a message is a signal that has ended. */
export const isClosed = (message) =>
  message.message_type === 'trade_signal' && !message.deleted && Boolean(readSignal(message)?.result);

/**
 * The card of a trade signal, or null when its message carries no figures.
 * @param {{folded: boolean, toggle: () => void}|null} [fold] of one that ended
 */
export function signalCard(message, { now, actions }, fold = null) {
  const signal = readSignal(message);
  if (!signal) return null;
  const tone = signal.long === false ? 'short' : 'long';
  const card = el(
    'div',
    {
      role: 'group',
      class: `signal-card ${tone} ${signal.open ? '' : `over ${signal.result?.name.toLowerCase() ?? 'dim'}`} ${
        fold?.folded ? 'folded' : ''
      }`.trim(),
      'aria-label': signalName(message),
      'data-running': signal.open,
      'data-expires': signal.expiresAt,
    },
    ...(fold?.folded ? [head(signal, fold)] : whole(signal, actions, fold)),
  );
  if (signal.open) tickCard(card, now(), 0);
  return card;
}

const whole = (signal, actions, fold) => [
  el(
    'div',
    { class: 'gauge' },
    gauge(signal.tcs),
    el('span', { class: 'label' }, signal.tcs === null ? 'TCS' : `TCS · ${band(signal.tcs)}`),
  ),
  el('div', { class: 'card-body' }, head(signal, fold), levels(signal), ladder(signal), foot(signal, actions)),
];

/** One line for those who hear the card. */
export function signalName(message) {
  const signal = readSignal(message);
  if (!signal) return 'Signal';
  const way = signal.long === null ? '' : signal.long ? 'long' : 'short';
  const tcs = signal.tcs === null ? '' : `TCS ${signal.tcs}`;
  const { result, open } = signal;
  const state = result ? `${result.name.toLowerCase()}, ${signed(result.pips)} pips` : open ? 'open' : 'old';
  return ['Signal', signal.pair, way, tcs, state].filter(Boolean).join(' ');
}

function head(signal, fold) {
  const press = fold && {
    type: 'button',
    'aria-expanded': String(!fold.folded),
    'data-control': 'fold',
    on: { click: fold.toggle },
  };
  return el(
    fold ? 'button' : 'div',
    { class: 'card-head', ...press },
    el('span', { class: 'pair' }, signal.pair),
    direction(signal),
    signal.tcs === null ? null : el('span', { class: 'tcs' }, `TCS ${Math.round(signal.tcs)}`),
    signal.result ? outcome(signal.result) : signal.open ? running() : old(),
    fold && icon('down', 'small'),
  );
}

export function direction({ long }, wordToo = true) {
  if (long === null) return null;
  const [way, arrow, word] = long ? ['up', '▲', 'LONG'] : ['down', '▼', 'SHORT'];
  return el('span', { class: `direction ${way}` }, wordToo ? `${arrow} ${word}` : arrow);
}

const tones = { WIN: 'up', LOSS: 'down', TIMEOUT: 'flat' };

function outcome({ name, pips, r }) {
  const parts = [name, r === null ? null : `${signed(r)}R`].filter(Boolean).join(' ');
  return el(
    'span',
    { class: `live figures ${tones[name]}` },
    icon(name === 'WIN' ? 'check' : name === 'LOSS' ? 'cross' : 'clock', 'small'),
    parts,
    pips === null ? null : el('span', { class: 'off-phone' }, `· ${signed(pips)} pips`),
  );
}

/** While it runs; `timeline/ticker.js` keeps validity and staleness true by the second. */
const running = () => el('span', { class: 'live figures up' }, el('i'), el('span', { class: 'state' }, 'LIVE'));

/** A signal that was old when it came is no call to trade: it looks like one that ended. */
const old = () => el('span', { class: 'live figures' }, icon('clock', 'small'), 'OLD');

/** @param {number} stale for how long no news could come, in milliseconds; 0 while it can */
export function tickCard(card, now, stale) {
  const expires = Number(card.dataset.expires) || null;
  const expired = expires !== null && expires <= now;
  const state = stale ? `STALE ${Math.floor(stale / 1000)} s` : expired ? 'AWAITING RESULT' : 'LIVE';
  card.classList.toggle('dim', state !== 'LIVE');
  setText(card.querySelector('.state'), state);
  const until = card.querySelector('.until');
  if (until) setText(until, expires && !expired ? `valid ${duration(expires - now)}` : '');
}

function levels({ shown: [entry, stop, target], riskReward }) {
  const pair = (name, value, tone = '') => el('div', {}, el('dt', {}, name), el('dd', { class: tone }, value));
  return el(
    'dl',
    { class: 'levels figures' },
    pair('ENTRY', entry),
    pair('SL', stop, 'down'),
    pair('TP', target, 'up'),
    pair('R:R', riskReward === null ? '—' : `1 : ${riskReward.toFixed(1)}`),
  );
}

function foot(signal, actions) {
  const about = [signal.class, signal.pattern, signal.session].filter(Boolean).join(' · ');
  const copy = actions.canCopy
    ? el(
      'button',
      { type: 'button', class: 'button', 'data-control': 'copy', on: { click: () => actions.copyLevels(signal) } },
      icon('copy', 'small'),
      'Copy levels',
    )
    : null;
  const until = !signal.open || !signal.expiresAt ? null : el('span', { class: 'until figures' });
  return copy || about || until ? el('div', { class: 'card-foot' }, copy, el('small', { title: about || null }, about), until) : null;
}
