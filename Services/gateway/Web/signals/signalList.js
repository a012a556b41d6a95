import { el } from '../ui/dom.js';
import { currentRoom } from '../state/selectors.js';
import { watch } from '../state/store.js';
import { readSignal, signed } from './levels.js';
import { direction } from './signalCard.js';

const MOST = 12;

/** The newest signals among the messages of a room, newest first, each once. */
export function latestSignals(messages) {
  const seen = new Set();
  const found = [];
  for (let index = messages.length - 1; index >= 0 && found.length < MOST; index -= 1) {
    const message = messages[index];
    const data = message.metadata?.signal_data;
    if (message.message_type !== 'trade_signal' || !data || seen.has(data.signal_id)) continue;
    seen.add(data.signal_id);
    found.push(message);
  }
  return found;
}

/** The table of the room's last signals; a row leads to its card. */
export function mountSignalList(element, store, actions) {
  const tally = el('div', { class: 'sums figures' });
  const body = el('tbody');
  const head = ['PAIR', 'TCS', 'PIPS', 'R'].map((name) => el('th', { scope: 'col' }, name));
  const table = el(
    'div',
    { class: 'signal-table' },
    el(
      'table',
      { class: 'figures' },
      el('caption', { class: 'visually-hidden' }, 'Latest signals'),
      el('thead', {}, el('tr', {}, ...head)),
      body,
    ),
  );
  const empty = el('p', { class: 'none' }, 'No signals yet. The next one appears here and in the room at once.');
  const heading = el('h3', { class: 'section-title label' }, 'Latest signals');
  // Above who is on the net, whoever was mounted first.
  element.prepend(heading, tally, table, empty);

  watch(store, (state) => currentRoom(state)?.messages, (messages) => {
    const found = latestSignals(messages ?? []);
    // Before the room is joined nobody knows whether there are any.
    const room = currentRoom(store.getState());
    empty.hidden = found.length > 0 || !room || room.seq === null;
    table.hidden = tally.hidden = found.length === 0;
    const read = found.map((message) => ({ message, signal: readSignal(message) }));
    tally.replaceChildren(...sums(read.map(({ signal }) => signal)));
    body.replaceChildren(...read.map(({ message, signal }) => row(message, signal, actions)));
  });
}

/** Sums over exactly the rows below, so that everybody can check them. */
function sums(list) {
  const done = list.map((signal) => signal.result).filter(Boolean);
  const cell = (name, value, tone) => el(
    'div',
    {},
    el('span', { class: 'label' }, name),
    el('b', { class: tone }, value),
  );
  const pips = done.reduce((sum, { pips: each }) => sum + (each ?? 0), 0);
  const won = done.filter(({ name }) => name === 'WIN').length;
  return [
    cell('Open', String(list.filter((signal) => signal.open).length), ''),
    cell('Won', done.length ? `${won}/${done.length}` : '–', ''),
    cell('Net pips', done.length ? signed(pips) : '–', pips > 0 ? 'up' : pips < 0 ? 'down' : ''),
  ];
}

function row(message, { pair, long, tcs, result, open: runs }, actions) {
  const tone = result ? (result.name === 'WIN' ? 'up' : result.name === 'LOSS' ? 'down' : '') : runs ? 'up' : '';
  const state = runs ? el('span', { class: 'chip running' }, 'LIVE') : el('span', { class: 'chip' }, 'OLD');
  const open = el(
    'button',
    { type: 'button', class: 'link-button', on: { click: () => actions.showMessage(message) } },
    direction({ long }, false),
    ' ',
    el('b', {}, pair),
    el('span', { class: 'visually-hidden' }, long ? ' long' : long === false ? ' short' : ''),
  );
  return el(
    'tr',
    {},
    el('td', {}, open),
    el('td', {}, tcs === null ? '–' : String(Math.round(tcs))),
    el('td', { class: tone }, result ? signed(result.pips) : state),
    el('td', { class: tone }, result ? signed(result.r) : '–'),
  );
}
