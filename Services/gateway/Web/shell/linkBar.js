import { el, setText, svg } from '../ui/dom.js';
import { duration, utcClock } from '../ui/time.js';
import { currentRoom, isConfirmed } from '../state/selectors.js';
import { watch } from '../state/store.js';

const words = {
  connecting: 'CONNECTING',
  secure: 'SECURE',
  reconnecting: 'RECONNECTING',
  offline: 'OFFLINE',
  refused: 'REFUSED',
};

const doubts = { line: 'NO ANSWER', hq: 'HQ DOES NOT ANSWER' };

/** The state in a word, and the measured median: nothing until something was measured, and while it tells nothing. */
export function linkWords(link, now) {
  if (link.phase !== 'secure') return { word: words[link.phase], figure: null };
  if (link.doubt) return { word: `${doubts[link.doubt.of]} · ${duration(now - link.doubt.since)}`, figure: null };
  // Claimed only where it is true: over TLS, or where nothing leaves this machine.
  return { word: globalThis.isSecureContext ? words.secure : 'CONNECTED', figure: milliseconds(link.median) };
}

/** Clocks of browsers are coarse on purpose: no more is said than they tell. */
const milliseconds = (value) => (value === null ? '–' : value < 1 ? '< 1 ms' : `${Math.round(value)} ms`);

/** The line at the foot that always tells the truth about the link. */
export function mountLinkBar(element, store, actions, now) {
  const figure = (name) => el('b', { 'data-figure': name }, '–');
  const state = el('span', { class: 'link-word' }, el('i'), el('span', {}));
  const median = figure('median');
  const p95 = figure('p95');
  const seq = figure('seq');
  const outbox = figure('outbox');
  const utc = figure('utc');
  const line = svg('path', { d: '' });
  const spark = svg('svg', { class: 'sparkline', viewBox: '0 0 56 14', 'aria-hidden': 'true' }, line);
  const again = el(
    'button',
    { type: 'button', class: 'link-button', hidden: true, on: { click: actions.tryNow } },
    'Try now',
  );
  element.append(
    state, again,
    el('span', {}, 'WebSocket', median, spark, 'p95', p95),
    el('span', {}, 'seq', seq),
    el('span', {}, 'outbox', outbox),
    el('span', { class: 'right-end slogan' }, 'STAY SHARP, STAY CONNECTED'),
    el('span', {}, 'UTC', utc),
  );

  function draw() {
    const { link, outbox: waiting, ...rest } = store.getState();
    const room = currentRoom(rest);
    element.dataset.phase = link.phase;
    element.classList.toggle('doubted', link.doubt !== null);
    const wait = link.phase === 'reconnecting' && link.nextTryAt ? Math.max(
      0,
      Math.ceil((link.nextTryAt - now()) / 1000),
    ) : 0;
    setText(state.lastElementChild, linkWords(link, now()).word + (wait > 1 ? ` in ${wait} s` : ''));
    again.hidden = !['reconnecting', 'offline', 'refused'].includes(link.phase);
    const known = isConfirmed(link);
    setText(median, milliseconds(known ? link.median : null));
    setText(p95, milliseconds(known ? link.p95 : null));
    median.dataset.band = band(link.median);
    setText(
      seq,
      room?.seq === null || room === null ? '–' : room.seq.toLocaleString('en-GB').replaceAll(',', '\u00a0'),
    );
    const unsent = waiting.filter((item) => item.state !== 'sent').length;
    setText(outbox, String(unsent));
    outbox.classList.toggle('warn', unsent > 0);
    setText(utc, utcClock(now()));
    line.setAttribute('d', sparkline(link.values));
    spark.classList.toggle('visually-hidden', !known || link.values.length < 2);
  }
  store.subscribe(draw);
  draw();
  return draw;
}

const band = (value) => (value === null ? '' : value < 150 ? 'good' : value < 500 ? 'fair' : 'poor');

function sparkline(values) {
  if (values.length < 2) return '';
  const most = Math.max(...values, 1);
  const step = 56 / (values.length - 1);
  return values.map(
    (value, index) => `${index ? 'L' : 'M'}${(index * step).toFixed(1)} ${(12.5 - (value / most) * 10).toFixed(1)}`,
  ).join('');
}

/** The bar above the composer: silent for a short break, plain words for a long one. */
export function mountLinkNotice(element, store, actions, now) {
  const text = el('span', {});
  const button = el('button', { type: 'button', class: 'button', on: { click: actions.tryNow } }, 'Try now');
  element.append(text, button);

  function draw() {
    const { link, outbox } = store.getState();
    const message = noticeWords(link, outbox.filter((item) => item.state === 'pending').length, now() - link.since);
    element.hidden = message === null;
    setText(text, message ?? '');
    setText(button, link.phase === 'refused' && link.reason === 'replaced' ? 'Use here' : 'Try now');
  }
  watch(store, (state) => state.link, draw);
  watch(store, (state) => state.outbox, draw);
  return draw;
}

const refusals = {
  replaced: 'This session is open in another place, which replaced this one.',
  ended: 'The server ended this connection; asking it whether you are still signed in.',
};

/** Why nothing comes and goes, in a sentence; null while there is nothing to say. */
export function noticeWords({ phase, reason, nextTryAt, doubt }, unsent, down) {
  if (phase === 'secure') return doubt?.of === 'hq' ? `HQ does not answer. ${kept(unsent)}` : null;
  if (phase === 'refused') return refusals[reason];
  if (!nextTryAt || down < 3_000) return null;
  return `${phase === 'offline' ? 'No network.' : 'The link is down; trying again.'} ${kept(unsent)}`;
}

function kept(unsent) {
  const what = unsent === 0 ? 'What you write is' : unsent === 1 ? 'Your message is' : `Your ${unsent} messages are`;
  return `${what} kept and sent later.`;
}
