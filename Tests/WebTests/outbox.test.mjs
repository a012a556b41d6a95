import assert from 'node:assert/strict';
import test from 'node:test';
import { createOutbox } from '../../Services/gateway/Web/net/outbox.js';
import { initialState, reduce } from '../../Services/gateway/Web/state/reducer.js';
import { createStorage } from '../../Services/gateway/Web/state/storage.js';
import { createStore } from '../../Services/gateway/Web/state/store.js';
import { manualClock, memoryStorage, viper } from './support.mjs';

/** An outbox of somebody who is in two rooms; `refusals` says what a room answers until it is null again. */
async function outbox() {
  const clock = manualClock();
  const store = createStore(reduce, initialState, (run) => run());
  const rooms = ['a', 'b'].map((room_id) => ({ room_id, squad_id: room_id, name: room_id }));
  store.dispatch({ type: 'signed_in', user: viper, squads: [], rooms, demo: true });
  for (const { room_id } of rooms) store.dispatch({ type: 'joined', room_id, answer: { permissions: ['send'], members: [] } });
  const refusals = {};
  const sent = [];
  const asked = [];
  const socket = {
    isReady: () => true,
    async request(event, { room_id, content }) {
      asked.push(content);
      if (refusals[room_id]) throw refusals[room_id];
      sent.push(content);
      return { seq: 0 };
    },
  };
  let id = 0;
  const box = createOutbox({
    socket, store, clock, storage: createStorage(() => memoryStorage()), makeId: () => `id-${(id += 1)}`, random: () => 0,
  });
  return { clock, box, sent, asked, refusals };
}

test('a room that refuses holds back its own texts, in their order, and no other room', async () => {
  const { clock, box, sent, asked, refusals } = await outbox();
  refusals.a = { code: 'unavailable', retry_after: 5 };
  box.send('a', 'a1');
  box.send('a', 'a2');
  box.send('b', 'b1');
  await clock.advance(100);
  box.send('b', 'b2');
  await clock.advance(1_000);
  assert.deepEqual(sent, ['b1', 'b2']);
  assert.deepEqual(asked, ['a1', 'b1', 'b2'], 'not asked again before its time');
  refusals.a = null;
  await clock.advance(5_000);
  assert.deepEqual(sent, ['b1', 'b2', 'a1', 'a2']);
});

test("a limit is its author's: everything waits for it", async () => {
  const { clock, box, sent, refusals } = await outbox();
  refusals.a = { code: 'rate_limited', retry_after: 20 };
  box.send('a', 'a1');
  box.send('b', 'b1');
  await clock.advance(10_000);
  box.hurry();
  assert.deepEqual(sent, []);
  refusals.a = null;
  await clock.advance(11_000);
  assert.deepEqual(sent, ['a1', 'b1']);
});
