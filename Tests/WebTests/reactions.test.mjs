import assert from 'node:assert/strict';
import test from 'node:test';
import { hasReacted, newer, reactionsOf, withWaiting } from '../../Services/gateway/Web/state/reactions.js';
import { initialState, reduce } from '../../Services/gateway/Web/state/reducer.js';
import { timeline } from '../../Services/gateway/Web/timeline/rows.js';
import { namesIn } from '../../Services/gateway/Web/timeline/reactions.js';
import { message, viper } from './support.mjs';

const id = 'squad_alpha';
const epoch = '0f3a9c1b2d4e';
const me = viper.user_id;
const fifty = Array.from({ length: 50 }, (_, index) => `operator-${index}`);
const crowd = { reactions: { '🎯': fifty }, reaction_counts: { '🎯': 9_000 } };

const push = (event, data, seq) => ({
  type: 'push',
  at: 0,
  frame: { kind: 'push', event, room_id: id, epoch, seq, data },
});
const history = (seq, messages) => push('room_history', { room_id: id, epoch, seq, messages }, seq);
const reacted = (event, user_id, fields, seq) =>
  push(event, { message_id: message(1).message_id, emoji: '🎯', user_id, ...fields }, seq);
const answered = (isOn) => ({ type: 'reacted', room_id: id, message_id: message(1).message_id, emoji: '🎯', isOn });

const start = [
  { type: 'signed_in', user: viper, squads: [], rooms: [{ room_id: id, squad_id: 'alpha', name: 'A' }] },
  history(1, [message(1, crowd)]),
];
const first = (...actions) => [...start, ...actions].reduce(reduce, initialState).rooms[id].messages[0];

test('without counts everybody is named and counted', () => {
  const old = message(1, { reactions: { '🎯': ['ghost-2', me], '👍': ['owl-3'], '🔥': [] } });
  assert.deepEqual(reactionsOf(old, me), [
    { emoji: '🎯', count: 2, people: ['ghost-2', me], mine: true },
    { emoji: '👍', count: 1, people: ['owl-3'], mine: false },
  ]);
  assert.deepEqual(reactionsOf(message(1, { reactions: undefined }), me), []);
});

test('with counts the first are named and all are counted', () => {
  const [chip] = reactionsOf(message(1, crowd), me);
  assert.deepEqual([chip.count, chip.people.length, chip.mine], [9_000, 50, false]);
  const [own] = reactionsOf(message(1, { ...crowd, reactions: { '🎯': [me, ...fifty.slice(1)] } }), me);
  assert.equal(own.mine, true);
});

test('an event brings names and counts, and takes back counts that no longer are', () => {
  const grown = first(reacted('reaction_added', 'ghost-2', { ...crowd, reaction_counts: { '🎯': 9_001 } }, 2));
  assert.equal(reactionsOf(grown, me)[0].count, 9_001);
  const alone = first(reacted('reaction_removed', 'ghost-2', { reactions: { '🎯': ['owl-3'] } }, 2));
  assert.deepEqual(reactionsOf(alone, me), [{ emoji: '🎯', count: 1, people: ['owl-3'], mine: false }]);
});

test('beyond the names our own reaction is known by our own act, from any of our pages', () => {
  const added = first(reacted('reaction_added', me, { ...crowd, reaction_counts: { '🎯': 9_001 } }, 2));
  assert.deepEqual(reactionsOf(added, me)[0].people, [me, ...fifty]);
  assert.equal(hasReacted(added, '🎯', me), true);
  assert.equal(hasReacted(added, '👍', me), false);
  assert.equal(hasReacted(first(answered(true)), '🎯', me), true);
  const back = first(answered(true), reacted('reaction_removed', me, crowd, 2));
  assert.equal(hasReacted(back, '🎯', me), false);
});

test('names that are complete decide against what is remembered', () => {
  const gone = first(answered(true), reacted('reaction_removed', 'ghost-2', { reactions: { '🎯': ['owl-3'] } }, 2));
  assert.equal(hasReacted(gone, '🎯', me), false);
});

test('a newer copy of the message does not make us forget', () => {
  const outcome = push('signal_updated', message(1, { ...crowd, content: 'closed' }), 2);
  assert.equal(hasReacted(first(answered(true), outcome), '🎯', me), true);
  const reloaded = first(answered(true), history(5, [message(1, crowd), message(5)]));
  assert.equal(hasReacted(reloaded, '🎯', me), true);
});

test('a reaction makes another row, so that it is drawn', () => {
  const before = start.reduce(reduce, initialState);
  const row = (state) => timeline(state.rooms[id], [], viper)[1];
  assert.equal(row(before).kind, 'message');
  assert.notEqual(row(before), row(reduce(before, answered(true))));
});

test('who is not named is said to be there', () => {
  const name = (user) => (user === me ? 'you' : user);
  assert.equal(namesIn(['a', me], 2, name), 'a, you');
  assert.equal(namesIn(['a', 'b'], 9_000, name), 'a, b and 8998 more');
});

test('a reaction that waits for its answer is shown waiting, over every newer copy, until it is answered', () => {
  const plain = message(1, { reactions: { '🔥': ['owl-3'] } });
  const waiting = withWaiting(withWaiting(plain, '🎯', true), '🔥', true);
  assert.deepEqual(reactionsOf(waiting, me), [
    { emoji: '🔥', count: 1, people: ['owl-3'], mine: false, waits: true },
    { emoji: '🎯', count: 0, people: [], mine: false, waits: true },
  ]);
  const copied = newer(waiting, message(1));
  assert.deepEqual(reactionsOf(copied, me).map(({ emoji }) => emoji), ['🎯', '🔥']);
  const answered = withWaiting(withWaiting(copied, '🎯', false), '🔥', false);
  assert.deepEqual(reactionsOf(answered, me), []);
  assert.equal(withWaiting(plain, '🎯', false), plain);
});

test('a page that we asked for says which emoji are ours beyond the names, also after a reload', () => {
  const page = (own_reactions, seq = 1) =>
    push('room_history', { room_id: id, epoch, seq, messages: [message(1, crowd)], own_reactions }, seq);
  const reloaded = reduce([start[0], page({ [message(1).message_id]: ['🎯'] })].reduce(reduce, initialState), {});
  const [shown] = reloaded.rooms[id].messages;
  assert.equal(hasReacted(shown, '🎯', me), true);
  assert.deepEqual(reactionsOf(shown, me)[0].people, [me, ...fifty]);
  // Taken back elsewhere while we did not hear: the next page says so, for the whole of what it says.
  assert.equal(hasReacted(first(answered(true), page({}, 2)), '🎯', me), false);
  // What says nothing of it (a page for everybody) takes nothing away.
  assert.equal(hasReacted(first(answered(true), page(undefined, 2)), '🎯', me), true);
});

test('older messages say it too', () => {
  const older = {
    type: 'older_loaded',
    room_id: id,
    before: 5,
    answer: { messages: [message(1, crowd)], own_reactions: { [message(1).message_id]: ['🎯'] }, has_more: false },
  };
  const state = [start[0], history(5, [message(5)]), older].reduce(reduce, initialState);
  assert.equal(hasReacted(state.rooms[id].messages[0], '🎯', me), true);
});
