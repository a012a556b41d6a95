import assert from 'node:assert/strict';
import test from 'node:test';
import { MOST, PAGE, around, atEnd, down, follow, up } from '../../Services/gateway/Web/timeline/rowRange.js';
import { newRoom } from '../../Services/gateway/Web/state/roomReducer.js';
import { memberList } from '../../Services/gateway/Web/rooms/members.js';
import { latestSignals } from '../../Services/gateway/Web/signals/signalList.js';
import { presence, shortly } from '../../Services/gateway/Web/state/selectors.js';
import { timeline } from '../../Services/gateway/Web/timeline/rows.js';
import { formatRoute, parseRoute, placeFor } from '../../Services/gateway/Web/state/route.js';
import { brief } from '../../Services/gateway/Web/shell/alerts.js';
import { message, viper } from './support.mjs';

const room = (messages, fields = {}) => ({
  ...newRoom({ room_id: 'squad_alpha', squad_id: 'alpha', name: 'A' }),
  messages,
  ...fields,
});
const kinds = (rows) => rows.map((row) => (row.kind === 'message' ? (row.head ? 'head' : 'cont') : row.kind));
const at = (minutes) => ({ timestamp: new Date(Date.UTC(2026, 10, 22, 10, minutes)).toISOString() });

test('rows of one author within five minutes stand together', () => {
  const rows = timeline(
    room([message(1, at(0)), message(2, at(4)), message(3, at(10)), message(4, { ...at(11), user_id: 'owl-3' })]),
    [],
    viper,
  );
  assert.deepEqual(kinds(rows), ['day', 'head', 'cont', 'head', 'head']);
});

test('a day line stands before each day, and breaks a group', () => {
  const late = { timestamp: '2026-11-21T12:00:00Z' };
  const rows = timeline(room([message(1, late), message(2, at(0))]), [], viper);
  assert.deepEqual(kinds(rows), ['day', 'head', 'day', 'head']);
});

test('the line above what is new counts what others wrote', () => {
  const list = [message(1, at(0)), message(2, { ...at(1), user_id: 'viper-1' }), message(3, at(2)), message(4, at(3))];
  const rows = timeline(room(list, { marker: 1 }), [], viper);
  assert.deepEqual(kinds(rows), ['day', 'head', 'head', 'new', 'head', 'cont']);
  assert.equal(rows[3].count, 2);
});

test('an unchanged message is the same row, so that it is not drawn again', () => {
  const list = [message(1, at(0))];
  assert.equal(timeline(room(list), [], viper)[1], timeline(room([...list, message(2, at(1))]), [], viper)[1]);
});

test('a sent text keeps its key when it becomes a message: the row stays the same element', () => {
  const entry = {
    client_id: 'c1',
    room_id: 'squad_alpha',
    content: 'x',
    at: Date.parse(at(1).timestamp),
    state: 'pending',
  };
  const before = timeline(room([]), [entry], viper).at(-1);
  const after = timeline(room([message(1, { ...at(1), user_id: 'viper-1', client_id: 'c1' })]), [], viper).at(-1);
  assert.equal(before.key, after.key);
});

test('a mention of the reader or the squad tints the row; parts of words and addresses do not', () => {
  const hit = (content, user_id = 'ghost-2') => timeline(room([message(1, { content, user_id })]), [], viper)[1].hit;
  assert.equal(hit('@viper-1?'), true);
  assert.equal(hit('(@VIPER-1.)'), true);
  assert.equal(hit('all @squad'), true);
  assert.equal(hit('@viper-12'), false);
  assert.equal(hit('mail@viper-1'), false);
  assert.equal(hit('@viper-1', 'viper-1'), false);
});

test('the newest signal stands first, each once', () => {
  const signal = (seq, name) => message(
    seq,
    { message_type: 'trade_signal', metadata: { signal_data: { signal_id: name } } },
  );
  const found = latestSignals([signal(1, 'a'), message(2), signal(3, 'b'), signal(4, 'a')]);
  assert.deepEqual(found.map((each) => each.seq), [4, 3]);
});

test('members stand by presence, rank and name', () => {
  const members = {
    b: { user_id: 'b', role: 'recruit', online: true },
    a: { user_id: 'a', role: 'commander' },
    c: { user_id: 'c', role: 'sergeant', online: true },
  };
  assert.deepEqual(memberList(members).map((each) => each.user_id), ['c', 'b', 'a']);
});

test('the window never holds more than its most, wherever one scrolls', () => {
  let view = atEnd(1_000);
  assert.deepEqual(view, { from: 1_000 - 2 * PAGE, to: 1_000 });
  for (let turn = 0; turn < 30; turn += 1) {
    view = up(view);
    assert.ok(view.to - view.from <= MOST);
  }
  assert.equal(view.from, 0);
  for (let turn = 0; turn < 30; turn += 1) {
    view = down(view, 1_000);
    assert.ok(view.to - view.from <= MOST);
  }
  assert.equal(view.to, 1_000);
  assert.ok(around(500, 1_000).from <= 500 && around(500, 1_000).to > 500);
});

test('older rows put before do not move what the reader sees', () => {
  const old = ['day:1', 'm5', 'm6', 'm7'];
  const grown = ['day:0', 'm1', 'm2', 'day:1', 'm3', 'm4', 'm5', 'm6', 'm7'];
  const view = follow({ from: 1, to: 4 }, old, grown, false);
  assert.equal(grown[view.from], 'm5');
  assert.equal(view.to, 9);
});

test('a reader at the end follows the end', () => {
  assert.deepEqual(follow({ from: 0, to: 1 }, ['a'], ['a', 'b'], true), { from: 0, to: 2 });
});

test('every place of the page has an address, and odd addresses lead to a place', () => {
  for (const hash of [
    '#/squad_alpha',
    '#/squad_alpha/members',
    '#/rooms',
  ]) assert.equal(formatRoute(parseRoute(hash)), hash);
  assert.deepEqual(parseRoute(''), { room: null, panel: null, list: false });
  assert.deepEqual(parseRoute('#/%E0%A4%A'), { room: null, panel: null, list: false });
  assert.equal(parseRoute('#/squad_alpha/nonsense').panel, null);
});

test('a place that is not ours leads to the last room or the first, whatever it is called', () => {
  const state = { rooms: { squad_alpha: {}, squad_bravo: {} }, roomOrder: ['squad_alpha', 'squad_bravo'] };
  const room = (hash, last = null, narrow = false) => placeFor(parseRoute(hash), state, last, narrow).room;
  assert.equal(room('#/squad_bravo'), 'squad_bravo');
  for (const name of ['constructor', '__proto__', 'toString', 'squad_none', '']) {
    assert.equal(room(`#/${name}`), 'squad_alpha', name);
  }
  assert.equal(room('', 'squad_bravo'), 'squad_bravo');
  assert.equal(room('#/rooms'), 'squad_alpha');
  assert.equal(room('#/rooms', null, true), null);
  assert.deepEqual(placeFor(parseRoute('#/x'), { rooms: {}, roomOrder: [] }, null, false).list, true);
});

test('large counts are shown shortly: the page knows the newest messages only', () => {
  assert.deepEqual([0, 999, 1_000].map(shortly), ['0', '999', '999+']);
});

test('who is on the net is claimed only while the link is up', () => {
  const here = { members: { a: { user_id: 'a', online: true }, b: { user_id: 'b' } } };
  assert.equal(presence(here, true), '2 operators · 1 on net');
  assert.equal(presence(here, false), '2 operators');
});

test('an alert does not say twice who, or what', () => {
  assert.equal(brief('Mentioned by Ghost-2', 'Ghost-2: look here'), 'look here');
  assert.equal(brief('New Trading Signal', 'Signal: EURUSD BUY'), 'EURUSD BUY');
  assert.equal(brief('Not signed out.', 'Try again.'), 'Try again.');
});
