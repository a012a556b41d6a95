import assert from 'node:assert/strict';
import test from 'node:test';
import { initialState, reduce } from '../../Services/gateway/Web/state/reducer.js';
import { message, viper } from './support.mjs';

const id = 'squad_alpha';
const epoch = '0f3a9c1b2d4e';
const push = (event, data, seq) => ({
  type: 'push', at: 0, frame: { kind: 'push', event, room_id: id, epoch, seq, data },
});
const said = (seq) => push('new_message', message(seq), seq);
const range = (first, count) => Array.from({ length: count }, (_, index) => message(first + index));
/** An open room whose reader stands at the newest row, with 1200 messages loaded. */
const full = [
  { type: 'signed_in', user: viper, squads: [], rooms: [{ room_id: id, squad_id: 'alpha', name: 'A' }] },
  { type: 'route', route: { room: id, panel: null, list: false } },
  { type: 'attended', value: true },
  push('room_history', { room_id: id, epoch, seq: 2_000, messages: range(801, 1_200), has_more: true }, 2_000),
];
const room = (...actions) => [...full, ...actions].reduce(reduce, initialState).rooms[id];
const seeking = (value) => ({ type: 'seeking', room_id: id, value });
const older = { type: 'older_loaded', room_id: id, before: 801, answer: { messages: range(751, 50), has_more: true } };

test('a busy room lets go of its oldest messages', () => {
  assert.equal(room(older, said(2_001)).firstSeq, 1_002);
});

test('on the way to an old message nothing that was fetched is let go, and afterwards it is', () => {
  const kept = room(seeking(true), older, said(2_001), said(2_002));
  assert.deepEqual([kept.firstSeq, kept.messages.length, kept.hasMore], [751, 1_252, true]);
  assert.equal(room(seeking(true), older, said(2_001), seeking(false), said(2_002)).firstSeq, 1_003);
  // Who goes elsewhere meanwhile is on the way no longer.
  const left = { type: 'route', route: { room: null, panel: null, list: true } };
  assert.equal(room(seeking(true), older, left, said(2_001)).firstSeq, 1_002);
});
