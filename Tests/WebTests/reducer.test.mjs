import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from '../../Services/gateway/Web/net/frames.js';
import { initialState, reduce } from '../../Services/gateway/Web/state/reducer.js';
import { unread } from '../../Services/gateway/Web/state/selectors.js';
import { golden, message, viper } from './support.mjs';

const id = 'squad_alpha';
const epoch = '0f3a9c1b2d4e';
const run = (state, ...actions) => actions.reduce(reduce, state);
const push = (event, data, seq, at = 0) => ({
  type: 'push',
  at,
  frame: { kind: 'push', event, room_id: id, epoch, seq, data },
});
const history = (seq, messages, more = {}) => push('room_history', { room_id: id, epoch, seq, messages, ...more }, seq);

function signedIn(read = {}) {
  const rooms = [{ room_id: id, squad_id: 'alpha', name: 'Squad alpha Command' }];
  return run(
    initialState,
    { type: 'signed_in', user: viper, squads: [{ squad_id: 'alpha', name: 'Alpha' }], rooms, demo: true, read },
    { type: 'route', route: { room: id, panel: null, list: false } },
    { type: 'joined', room_id: id, answer: JSON.parse(golden('server/answer_join_squad_room.json')).ok },
  );
}
const room = (state) => state.rooms[id];
const seqs = (state) => room(state).messages.map((each) => each.seq);

test('the reducer changes nothing in place', () => {
  const before = run(signedIn(), history(1, [message(1)]));
  Object.freeze(before.rooms[id].messages);
  const copy = structuredClone(before);
  run(
    before,
    push('new_message', message(2), 2),
    push('reaction_added', { message_id: message(1).message_id, reactions: { a: ['x'] } }, 3),
  );
  assert.deepEqual(before, copy);
});

test('joining brings rights and members; the history brings the messages', () => {
  const state = run(signedIn(), { type: 'push', at: 0, frame: parse(golden('server/room_history.json')) });
  assert.ok(room(state).permissions.includes('send'));
  assert.deepEqual(seqs(state), [41, 42]);
  assert.equal(room(state).seq, 42);
  assert.equal(room(state).epoch, epoch);
});

test('the next event is taken, a repeat is dropped, a hole is noted', () => {
  let state = run(signedIn(), history(1, [message(1)]), push('new_message', message(2), 2));
  assert.deepEqual(seqs(state), [1, 2]);
  const same = run(state, push('new_message', message(2), 2));
  assert.equal(same.rooms[id], state.rooms[id]);
  state = run(state, push('new_message', message(4), 4));
  assert.deepEqual(seqs(state), [1, 2]);
  assert.equal(room(state).gap, true);
  state = run(state, push('new_message', message(3), 3), push('new_message', message(4), 4));
  assert.deepEqual(seqs(state), [1, 2, 3, 4]);
  assert.equal(room(state).gap, false);
});

test('a lower place in another epoch asks to resume, as the room began a new life', () => {
  const state = run(signedIn(), history(9, [message(9)]));
  const action = push('new_message', message(3), 3);
  action.frame.epoch = 'ffffffffffff';
  assert.equal(room(run(state, action)).gap, true);
});

test('a history replaces what was there', () => {
  const state = run(signedIn(), history(3, [message(1), message(2), message(3)]), history(2, [message(2)]));
  assert.deepEqual(seqs(state), [2]);
  assert.equal(room(state).seq, 2);
});

test('older pages come before, once, and end', () => {
  let state = run(signedIn(), history(5, [message(4), message(5)], { has_more: true }));
  state = run(state, { type: 'older_loading', room_id: id });
  assert.equal(room(state).loadingOlder, true);
  state = run(
    state,
    { type: 'older_loaded', room_id: id, before: 4, answer: { messages: [message(3), message(4)], has_more: false } },
  );
  assert.deepEqual(seqs(state), [3, 4, 5]);
  assert.equal(room(state).firstSeq, 3);
  assert.equal(room(state).hasMore, false);
});

const talk = (state, from, to) => {
  for (let seq = from; seq <= to; seq += 1) state = reduce(state, push('new_message', message(seq), seq));
  return state;
};

test('a room that talks all night keeps its newest messages, and offers to fetch what went', () => {
  const state = talk(run(signedIn(), history(0, [], { has_more: false })), 1, 5_000);
  assert.ok(room(state).messages.length <= 1_200, String(room(state).messages.length));
  assert.ok(room(state).messages.length >= 1_000);
  assert.equal(seqs(state).at(-1), 5_000);
  assert.equal(room(state).firstSeq, seqs(state)[0]);
  assert.equal(room(state).hasMore, true);
});

test('nothing goes while its reader looks at old messages; back at the end it does', () => {
  const start = run(signedIn(), history(0, []), { type: 'attended', value: false, scrolledUp: true });
  let state = talk(start, 1, 1_500);
  assert.equal(room(state).messages.length, 1_500);
  state = talk(run(state, { type: 'attended', value: true, scrolledUp: false }), 1_501, 1_501);
  assert.equal(room(state).messages.length, 1_000);
  const elsewhere = run(start, { type: 'route', route: { room: null, panel: null, list: true } });
  assert.ok(room(talk(elsewhere, 1, 1_500)).messages.length < 1_500);
});

test('an older page that no longer meets the messages there are is dropped: it would leave a hole', () => {
  let state = run(signedIn(), history(100, [message(99), message(100)], { has_more: true }));
  state = run(state, { type: 'older_loading', room_id: id }, history(300, [message(300)], { has_more: true }));
  const late = { type: 'older_loaded', room_id: id, before: 99, answer: { messages: [message(98)], has_more: true } };
  assert.deepEqual(seqs(run(state, late)), [300]);
  assert.equal(room(run(state, late)).hasMore, true);
});

test('reactions are what the server says they are', () => {
  const frame = parse(golden('server/reaction_added.json'));
  let state = run(signedIn(), history(43, [message(41), message(42)]), { type: 'push', at: 0, frame });
  assert.deepEqual(room(state).messages[0].reactions, { '🎯': ['viper-1'] });
  assert.equal(room(state).seq, 44);
  state = run(state, push('reaction_removed', { message_id: message(41).message_id, reactions: {} }, 45));
  assert.deepEqual(room(state).messages[0].reactions, {});
});

test('an outcome changes the same card and keeps its place', () => {
  let state = run(signedIn(), { type: 'push', at: 0, frame: parse(golden('server/room_history.json')) });
  state = run(state, { type: 'push', at: 0, frame: parse(golden('server/signal_updated.json')) });
  assert.equal(room(state).messages.length, 2);
  assert.equal(room(state).messages[1].metadata.outcome.outcome, 'WIN');
  assert.equal(room(state).seq, 43);
});

test('unread counts what others wrote since; reading ends it; own and system lines never count', () => {
  let state = run(signedIn({ [id]: 1 }), history(2, [message(1), message(2)]));
  assert.deepEqual(unread(room(state), viper), { unread: 1, mentions: 0 });
  state = run(
    state,
    push('new_message', message(3, { content: 'hey @Viper-1, look' }), 3),
    push('new_message', message(4, { message_type: 'system' }), 4),
  );
  assert.deepEqual(unread(room(state), viper), { unread: 2, mentions: 1 });
  assert.equal(room(state).marker, 1);
  state = run(state, { type: 'read', room_id: id, seq: 4 });
  assert.deepEqual(unread(room(state), viper), { unread: 0, mentions: 0 });
});

test('nothing is unread on the first visit, and nothing becomes unread under the eyes of the reader', () => {
  let state = run(signedIn(), history(2, [message(1), message(2)]));
  assert.equal(unread(room(state), viper).unread, 0);
  state = run(state, { type: 'attended', value: true }, push('new_message', message(3), 3));
  assert.equal(unread(room(state), viper).unread, 0);
  assert.equal(room(state).marker, null);
  state = run(state, { type: 'attended', value: false }, push('new_message', message(4), 4));
  assert.equal(unread(room(state), viper).unread, 1);
  assert.equal(room(state).marker, 3);
});

test('a line of the system alone puts no line above what its reader sees arrive after it', () => {
  const line = message(2, { message_type: 'system' });
  let state = run(signedIn(), history(1, [message(1)]), push('new_message', line, 2));
  state = run(state, { type: 'attended', value: true }, { type: 'read', room_id: id, seq: 2 });
  assert.equal(room(run(state, push('new_message', message(3), 3))).marker, null);
});

test('who types is shown until a message, a stop, or silence', () => {
  const typing = push('user_typing', { user_id: 'ghost-2', username: 'Ghost-2' }, undefined, 1_000);
  const start = run(signedIn(), history(1, []), typing);
  assert.deepEqual(Object.keys(room(start).typing), ['ghost-2']);
  assert.deepEqual(room(run(start, push('new_message', message(2), 2))).typing, {});
  assert.deepEqual(room(run(start, push('user_stopped_typing', { user_id: 'ghost-2' }))).typing, {});
  assert.deepEqual(Object.keys(room(run(start, { type: 'tick', at: 6_000 })).typing), ['ghost-2']);
  assert.deepEqual(room(run(start, { type: 'tick', at: 7_500 })).typing, {});
});

test('presence follows joins and leaves', () => {
  let state = run(signedIn(), push('user_joined', { user_id: 'owl-3', username: 'Owl-3' }));
  assert.equal(room(state).members['owl-3'].online, true);
  state = run(state, push('user_left', { user_id: 'owl-3', username: 'Owl-3' }));
  assert.equal(room(state).members['owl-3'].online, false);
});

test('members come, change and go as the golden events say', () => {
  const told = (name) => ({ type: 'push', at: 0, frame: parse(golden(`server/${name}.json`)) });
  const added = run(signedIn(), history(42, []), told('member_added'));
  assert.equal(room(added).members['nomad-7'].role, 'recruit');
  const promoted = run(added, told('member_updated'));
  assert.equal(room(promoted).members['nomad-7'].role, 'corporal');
  assert.equal(room(promoted).stale, false);
  const gone = run(promoted, told('member_removed'));
  assert.equal(room(gone).members['nomad-7'], undefined);
  assert.equal(room(gone).seq, 45);
});

test('being removed closes the room; a change of our rights asks for them', () => {
  const start = run(signedIn(), history(1, []));
  const removed = run(start, push('member_removed', { user_id: 'viper-1' }, 2));
  assert.deepEqual(room(removed).permissions, []);
  assert.ok(room(removed).error);
  const changed = run(start, push('member_updated', { user_id: 'viper-1', role: 'observer' }, 2));
  assert.equal(room(changed).stale, true);
});

test('a text is pending, then sent, then a message: never both', () => {
  const item = { client_id: 'c1', room_id: id, content: 'x', at: 0, state: 'pending' };
  const start = run(signedIn(), history(1, []), { type: 'queued', item });
  const mine = message(2, { user_id: 'viper-1', client_id: 'c1' });
  const answer = { message_id: mine.message_id, seq: 2 };
  const answered = run(start, { type: 'sent', client_id: 'c1', answer });
  assert.equal(answered.outbox[0].state, 'sent');
  assert.deepEqual(run(answered, push('new_message', mine, 2)).outbox, []);
  assert.deepEqual(run(start, push('new_message', mine, 2), { type: 'sent', client_id: 'c1', answer }).outbox, []);
  assert.deepEqual(run(answered, history(2, [mine])).outbox, []);
});

test('a text that is not sent for ten seconds is late; asked for again it is not', () => {
  const item = { client_id: 'a', room_id: id, content: 'x', state: 'pending', at: 1_000 };
  const queued = reduce(initialState, { type: 'queued', item });
  const early = reduce(queued, { type: 'tick', at: 10_999 });
  assert.equal(early.outbox, queued.outbox);
  const late = reduce(early, { type: 'tick', at: 11_000 });
  assert.equal(late.outbox[0].late, true);
  assert.equal(reduce(late, { type: 'tick', at: 12_000 }).outbox, late.outbox);
  const failed = reduce(late, { type: 'failed', client_id: 'a', error: {} });
  const again = reduce(failed, { type: 'retried', client_id: 'a', at: 20_000 });
  assert.equal(again.outbox[0].late, false);
});

test('another author with the same client id takes nothing from our outbox', () => {
  const item = { client_id: 'c1', room_id: id, content: 'x', at: 0, state: 'pending' };
  const state = run(
    signedIn(),
    history(1, []),
    { type: 'queued', item },
    push('new_message', message(2, { client_id: 'c1' }), 2),
  );
  assert.equal(state.outbox.length, 1);
});

test('a notification rings once, and not for what is in sight', () => {
  const action = { type: 'push', at: 5, frame: parse(golden('server/notification.json')) };
  const away = run(signedIn(), action, action);
  assert.equal(away.notifications.length, 1);
  assert.equal(away.notifications[0].seen, false);
  assert.equal(away.notifications[0].kind, 'mention');
  assert.equal(away.notifications[0].message_id, 'squad_alpha.0f3a9c1b2d4e.41');
  assert.equal(away.toast.title, 'Mentioned by Ghost-2');
  assert.equal(run(away, { type: 'notifications_seen' }).notifications[0].seen, true);
  const missed = run(signedIn(), { ...action, at: Date.parse(action.frame.data.created_at) + 120_001 });
  assert.equal(missed.toast, null);
  assert.equal(missed.notifications[0].seen, false);
  const here = run(signedIn(), { type: 'attended', value: true }, action);
  assert.equal(here.toast, null);
  assert.equal(here.notifications[0].seen, true);
});

test('a notification of a signal keeps its figures, that the alert may say them', () => {
  const frame = parse(golden('server/notification.json'));
  const data = { ...frame.data, metadata: { kind: 'trade_signal', signal_data: { pair: 'GBPUSD' } } };
  const told = run(signedIn(), { type: 'push', at: 5, frame: { ...frame, data } });
  assert.deepEqual(told.toast.signal, { pair: 'GBPUSD' });
  assert.equal(run(signedIn(), { type: 'push', at: 5, frame }).toast.signal, null);
});

test('a command room is spelled as its squad is, before and after it is joined; another name is kept', () => {
  assert.equal(signedIn().rooms[id].name, 'Squad Alpha Command');
  const joined = (name) => run(signedIn(), { type: 'joined', room_id: id, answer: { name } }).rooms[id].name;
  assert.equal(joined('Squad alpha Command'), 'Squad Alpha Command');
  assert.equal(joined('Gold desk'), 'Gold desk');
  assert.equal(joined(undefined), 'Squad Alpha Command');
});
