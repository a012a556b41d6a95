import assert from 'node:assert/strict';
import test from 'node:test';
import { initialState, reduce } from '../../Services/gateway/Web/state/reducer.js';
import { viper } from './support.mjs';

const rooms = ['squad_alpha', 'squad_bravo'].map((room_id) => ({ room_id, squad_id: room_id.slice(6), name: room_id }));
const run = (state, ...actions) => actions.reduce(reduce, state);
const begin = () => run(
  initialState,
  { type: 'signed_in', user: viper, squads: [], rooms, demo: true },
  { type: 'route', route: { room: 'squad_alpha', panel: null, list: false } },
);
let next = 0;
const told = (kind, room, fields = {}) => ({
  type: 'push', at: 1_000,
  frame: { event: 'notification', data: {
    notification_id: `n${(next += 1)}`, notification_type: kind, title: 'T', message: 'B', source_room_id: room,
    metadata: { kind, ...fields },
  } },
});
const signal = (pair, room = 'squad_bravo') => told('signal', room, { signal_data: { pair } });
const look = (value, inView) => ({ type: 'attended', value, scrolledUp: !value, inView });

test('a toast comes for another room, and for the open one only while it is not on the screen', () => {
  const toast = (shown, room) => run(begin(), shown, told('mention', room)).toast;
  assert.equal(toast(look(true, true), 'squad_alpha'), null);
  assert.equal(toast(look(false, true), 'squad_alpha'), null, 'it would lie over the card that it announces');
  assert.ok(toast(look(false, false), 'squad_alpha'), 'a panel fills the screen');
  assert.ok(toast(look(true, true), 'squad_bravo'));
});

test('what needs no toast is listed all the same, and counts as seen only when it was', () => {
  const listed = (shown) => run(begin(), shown, told('mention', 'squad_alpha')).notifications[0].seen;
  assert.deepEqual([listed(look(true, true)), listed(look(false, true))], [true, false]);
});

test('many signals share one toast, which names the newest', () => {
  const pairs = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
  const state = run(begin(), look(true, true), ...pairs.map((pair) => signal(pair)));
  assert.equal(state.toast.title, '7 signals');
  assert.equal(state.toast.body, 'C · D · E · F · G');
  assert.equal(state.toast.signal, null);
  assert.equal(state.notifications.length, 7);
});

test('a signal after the last toast has gone, or after a mention, stands for itself', () => {
  let state = run(begin(), look(true, true), signal('A'));
  state = run(state, { type: 'toast_gone', id: state.toast.id }, signal('B'));
  assert.equal(state.toast.signal.pair, 'B');
  state = run(state, told('mention', 'squad_bravo'), signal('C'));
  assert.equal(state.toast.signal.pair, 'C');
});
