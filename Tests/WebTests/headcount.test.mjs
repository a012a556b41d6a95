import assert from 'node:assert/strict';
import test from 'node:test';
import { headcount } from '../../Services/gateway/Web/state/members.js';
import { initialState, reduce } from '../../Services/gateway/Web/state/reducer.js';
import { presence } from '../../Services/gateway/Web/state/selectors.js';
import { viper } from './support.mjs';

const id = 'squad_alpha';
const signedIn = {
  type: 'signed_in', user: viper, squads: [], rooms: [{ room_id: id, squad_id: 'alpha', name: 'A' }],
};
const members = [
  { user_id: 'viper-1', online: true }, { user_id: 'ghost-2', online: true }, { user_id: 'owl-3', online: false },
];
const joined = (counts = {}) => ({ type: 'joined', room_id: id, answer: { permissions: [], members, ...counts } });
const many = joined({ member_count: 9_000, online_count: 700 });
const push = (event, data, seq) => ({
  type: 'push', at: 0, frame: { kind: 'push', event, room_id: id, epoch: 'e', seq, data: { room_id: id, ...data } },
});
const history = push('room_history', { epoch: 'e', seq: 1, messages: [] }, 1);
const room = (...actions) => [signedIn, ...actions].reduce(reduce, initialState).rooms[id];
const people = (...actions) => Object.values(headcount(room(...actions)));

test('a room of which only some are listed shows how many there are', () => {
  assert.deepEqual(people(many), [9_000, 700]);
  assert.equal(presence(room(many)), '9000 operators · 700 on net');
  assert.equal(presence(room(many), false), '9000 operators');
});

test('a server that does not count lists everybody', () => {
  assert.deepEqual(people(joined()), [3, 2]);
  assert.deepEqual(people(joined(), push('user_left', { user_id: 'ghost-2' })), [3, 1]);
});

test('who comes and goes is counted, listed or not', () => {
  assert.deepEqual(people(many, push('user_joined', { user_id: 'far-1', username: 'Far' })), [9_000, 701]);
  assert.deepEqual(people(many, push('user_joined', { user_id: 'ghost-2', username: 'Ghost' })), [9_000, 700]);
  assert.deepEqual(people(many, push('user_left', { user_id: 'far-1' })), [9_000, 699]);
  assert.deepEqual(people(many, push('user_left', { user_id: 'owl-3' })), [9_000, 700]);
  assert.deepEqual(people(many, history, push('member_added', { user_id: 'new-1', seq: 2 }, 2)), [9_001, 700]);
  assert.deepEqual(people(many, history, push('member_removed', { user_id: 'ghost-2', seq: 2 }, 2)), [8_999, 699]);
  assert.deepEqual(people(many, history, push('member_removed', { user_id: 'owl-3', seq: 2 }, 2)), [8_999, 700]);
});

test('a resume brings the counts of now, and one that says none takes none away', () => {
  const resumed = (answer) => ({ type: 'resumed', room_id: id, answer: { recovered: true, epoch: 'e', ...answer } });
  assert.deepEqual(people(many, resumed({ member_count: 9_010, online_count: 5 })), [9_010, 5]);
  assert.deepEqual(people(many, resumed({})), [9_000, 700]);
});

test('never fewer than are listed', () => {
  assert.deepEqual(people(joined({ member_count: 1, online_count: 0 })), [3, 2]);
});
