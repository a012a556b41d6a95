import assert from 'node:assert/strict';
import test from 'node:test';
import { shortly, unread, unreadTotal } from '../../Services/gateway/Web/state/selectors.js';
import { newRoom } from '../../Services/gateway/Web/state/roomReducer.js';
import { timeline } from '../../Services/gateway/Web/timeline/rows.js';
import { message, viper } from './support.mjs';

const epoch = '0f3a9c1b2d4e';
const named = (seq, fields = {}) => ({
  kind: 'mention', room_id: 'squad_alpha', message_id: `squad_alpha.${epoch}.${seq}`, ...fields,
});

/** The newest fifty of a room, 51 to 100. */
function page(readSeq, fields = {}) {
  const room = newRoom({ room_id: 'squad_alpha', squad_id: 'alpha', name: 'A' }, readSeq);
  const messages = Array.from({ length: 50 }, (_, index) => message(51 + index));
  return { ...room, epoch, seq: 100, messages, firstSeq: 51, hasMore: true, ...fields };
}

test('more unread than loaded says so', () => {
  const { more, unread: count } = unread(page(10), viper);
  assert.deepEqual([count, more], [50, true]);
  assert.equal(shortly(count, more), '50+');
  assert.equal(unread(page(50), viper).more, undefined, 'all of them are loaded');
  assert.equal(unread(page(90), viper).more, undefined);
  assert.equal(unread(page(10, { hasMore: false }), viper).more, undefined);
  assert.equal(unread(page(null), viper).more, undefined, 'never been here');
});

test('what names the reader before what is loaded is counted from the inbox, once', () => {
  const loaded = page(10);
  loaded.messages[3] = message(54, { content: 'look @Viper-1' });
  const inbox = [named(54), named(20), named(20), named(9), named(30, { kind: 'signal' }), named(31, { room_id: 'b', message_id: `b.${epoch}.31` })];
  assert.equal(unread(loaded, viper, inbox).mentions, 2, '54 by its text, 20 by the inbox');
  assert.equal(unread(loaded, viper, [named(54)]).mentions, 1, 'another inbox is another count');
  const other = named(20, { message_id: 'squad_alpha.ffffffffffff.20' });
  assert.equal(unread(loaded, viper, [other]).mentions, 1, 'a number of another life tells nothing');
  assert.equal(unread(page(60), viper, [named(20)]).mentions, 0);
});

test('the sum over all rooms and the line above what is new say it too', () => {
  const state = { session: { user: viper }, roomOrder: ['squad_alpha'], rooms: { squad_alpha: page(10) }, notifications: [named(20)] };
  assert.deepEqual(unreadTotal(state), { unread: 50, mentions: 1, more: true });
  const [line] = timeline(page(10, { marker: 10 }), [], viper).filter((row) => row.kind === 'new');
  assert.deepEqual([line.count, line.more], [50, true]);
});
