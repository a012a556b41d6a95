import assert from 'node:assert/strict';
import test from 'node:test';
import { afterRefusal, backoff } from '../../Services/gateway/Web/net/waits.js';
import { createLatency, createLink } from '../../Services/gateway/Web/net/link.js';
import { createOutbox } from '../../Services/gateway/Web/net/outbox.js';
import { createRooms } from '../../Services/gateway/Web/net/rooms.js';
import { initialState, reduce } from '../../Services/gateway/Web/state/reducer.js';
import { createStorage } from '../../Services/gateway/Web/state/storage.js';
import { createStore } from '../../Services/gateway/Web/state/store.js';
import { FakeServer } from './fakeServer.mjs';
import { manualClock, memoryStorage, viper } from './support.mjs';

const id = 'squad_alpha';

/** The client without a page, against a server that loses what it is told to lose. */
function client({ server = new FakeServer(), storage = memoryStorage(), clock = manualClock(), ids = 0 } = {}) {
  server.clock = clock;
  const store = createStore(reduce, initialState, (run) => run());
  const checks = [];
  const link = createLink({
    store, clock, url: 'ws://test/ws', makeSocket: () => server.connect(), online: () => true,
    checkSession: (problem) => checks.push(problem ?? null),
    onReady: () => (rooms.bringAll(), outbox.drain()),
    onPush: () => (rooms.heal(), outbox.drain()),
    onDoubt: () => rooms.probe(),
    onAnswered: () => (rooms.hurry(), outbox.hurry()),
  });
  const rooms = createRooms({ socket: link.socket, store, clock });
  let next = ids;
  const outbox = createOutbox({
    socket: link.socket,
    store,
    clock,
    storage: createStorage(() => storage),
    makeId: () => `id-${(next += 1)}`,
  });
  store.subscribe(() => outbox.drain());
  store.dispatch({
    type: 'signed_in',
    user: viper,
    squads: [],
    rooms: [{ room_id: id, squad_id: 'alpha', name: 'A' }],
    demo: true,
  });
  outbox.restore();
  link.socket.start();
  return {
    server,
    store,
    clock,
    storage,
    link,
    rooms,
    outbox,
    checks,
    room: () => store.getState().rooms[id],
    texts: () => store.getState().rooms[id].messages.map((m) => m.content),
  };
}

test('the wait grows, is jittered, and is capped', () => {
  assert.equal(backoff(1, () => 0), 100);
  assert.ok(backoff(1, () => 0.999) <= 500);
  assert.ok(backoff(4, () => 0.999) > backoff(1, () => 0.999));
  assert.ok(backoff(5_000, () => 0.999) <= 15_100);
});

test('what is refused is tried again ever more rarely, never before the server said, and a limit to the second', () => {
  const waits = (error, random) => [1, 2, 3, 4, 5, 6, 40].map((attempt) => afterRefusal(error, attempt, () => random));
  const seconds = (list) => list.map((wait) => wait / 1000);
  assert.deepEqual(seconds(waits({ code: 'unavailable' }, 0.5)), [1.5, 2, 3, 5, 9, 15.5, 15.5]);
  assert.deepEqual(seconds(waits({ code: 'busy', retry_after: 4 }, 0)), Array(7).fill(4));
  for (const wait of waits({ code: 'unavailable', retry_after: 1 }, 0.999)) assert.ok(wait <= 30_000);
  assert.equal(afterRefusal({ code: 'unavailable', retry_after: 50 }, 9, () => 0.9), 50_000);
  assert.deepEqual(waits({ code: 'rate_limited', retry_after: 40 }, 0.9), Array(7).fill(40_000));
});

test('figures of the link exist only once they were measured', () => {
  let now = 0;
  const latency = createLatency({ now: () => now });
  assert.deepEqual(latency.summary(), { median: null, p95: null, values: [] });
  for (const value of [10, 20, 30, 40, 1000]) latency.add(value);
  assert.equal(latency.summary().median, 30);
  assert.equal(latency.summary().p95, 1000);
  now = 61_000;
  latency.add(5);
  assert.equal(latency.summary().median, 5);
});

test('the first frame is hello; rooms are joined once confirmed', async () => {
  const { server, room, clock } = client();
  await clock.advance(10);
  assert.equal(server.frames[0].event, 'hello');
  assert.deepEqual(
    server.frames.filter((frame) => frame.event === 'join_squad_room').map((frame) => frame.data),
    [{ squad_id: 'alpha' }],
  );
  assert.equal(room().joined, true);
});

test('a lost link is tried again for ever, and what was missed is resumed by epoch and place', async () => {
  const { server, room, clock, texts, store } = client();
  await clock.advance(10);
  server.post('one');
  await clock.advance(10);
  server.down = true;
  server.drop();
  server.post('two');
  server.post('three');
  await clock.advance(120_000);
  assert.equal(store.getState().link.phase, 'reconnecting');
  server.down = false;
  await clock.advance(20_000);
  assert.equal(store.getState().link.phase, 'secure');
  const resumed = server.frames.filter((frame) => frame.event === 'resume');
  assert.deepEqual(resumed[0].data, { room_id: id, seq: 1, epoch: server.epoch });
  assert.deepEqual(texts(), ['one', 'two', 'three']);
  assert.equal(room().seq, 3);
});

test('not recovered means the history is replaced', async () => {
  const { server, clock, texts } = client();
  await clock.advance(10);
  server.post('before');
  await clock.advance(10);
  server.newLife();
  server.post('after');
  server.drop();
  await clock.advance(20_000);
  assert.deepEqual(texts(), ['after']);
});

test('a hole between pushes is filled by a resume', async () => {
  const { server, clock, texts } = client();
  await clock.advance(10);
  server.post('one');
  server.post('lost on the way', { deliver: false });
  server.post('three');
  await clock.advance(3_000);
  assert.deepEqual(texts(), ['one', 'lost on the way', 'three']);
});

test('texts written while the link is down go out in order, each once', async () => {
  const { server, clock, outbox, texts, store } = client();
  await clock.advance(10);
  server.down = true;
  server.drop();
  for (let n = 1; n <= 5; n += 1) outbox.send(id, `text ${n}`);
  await clock.advance(30_000);
  assert.equal(store.getState().outbox.length, 5);
  server.down = false;
  await clock.advance(20_000);
  assert.deepEqual(texts(), ['text 1', 'text 2', 'text 3', 'text 4', 'text 5']);
  assert.deepEqual(store.getState().outbox, []);
});

test('an answer lost on the way is asked for under the same id, and makes no second message', async () => {
  const { server, clock, outbox, texts, store } = client();
  await clock.advance(10);
  server.swallow = 1; // done, but neither the answer nor the push arrives
  outbox.send(id, 'one');
  outbox.send(id, 'two');
  await clock.advance(10);
  server.drop();
  await clock.advance(20_000);
  assert.deepEqual(server.messages.map((m) => m.content), ['one', 'two']);
  assert.deepEqual(texts(), ['one', 'two']);
  assert.deepEqual(store.getState().outbox, []);
});

test('refused with a wait: it is held in order and sent when the wait is over', async () => {
  const { server, clock, store, outbox, texts } = client();
  await clock.advance(10);
  server.refuse = [{ code: 'rate_limited', message: 'Too many', retry_after: 12 }];
  outbox.send(id, 'one');
  outbox.send(id, 'two');
  await clock.advance(11_000);
  assert.deepEqual(texts(), []);
  assert.equal(store.getState().outbox[0].held.code, 'rate_limited');
  assert.equal(Math.ceil((store.getState().outbox[0].held.until - clock.now()) / 1000), 2);
  await clock.advance(2_000);
  assert.deepEqual(texts(), ['one', 'two']);
});

test('refused for good: it is failed, the next goes on, and the author may retry or discard', async () => {
  const { server, clock, outbox, texts, store } = client();
  await clock.advance(10);
  server.refuse = [{ code: 'forbidden', message: 'Muted' }];
  outbox.send(id, 'one');
  outbox.send(id, 'two');
  await clock.advance(100);
  assert.deepEqual(texts(), ['two']);
  assert.equal(store.getState().outbox[0].state, 'failed');
  outbox.retry(store.getState().outbox[0].client_id);
  await clock.advance(100);
  assert.deepEqual(texts(), ['two', 'one']);
  assert.deepEqual(store.getState().outbox, []);
});

test('a reload keeps what was not sent, under the same ids, in order', async () => {
  const storage = memoryStorage();
  const server = new FakeServer();
  server.down = true;
  const first = client({ server, storage });
  first.outbox.send(id, 'one');
  await first.clock.advance(5);
  first.outbox.send(id, 'two');
  first.link.socket.stop();
  server.down = false;
  const second = client({ server, storage, clock: first.clock, ids: 50 });
  await second.clock.advance(20_000);
  assert.deepEqual(second.texts(), ['one', 'two']);
  assert.deepEqual(server.messages.map((m) => m.client_id), ['id-1', 'id-2']);
  assert.equal(storage.length, 0);
});

test('a text that waited for more than an hour asks before it is sent', async () => {
  const storage = memoryStorage();
  const server = new FakeServer();
  server.down = true;
  const first = client({ server, storage });
  first.outbox.send(id, 'old news');
  first.link.socket.stop();
  await first.clock.advance(3_700_000);
  server.down = false;
  const second = client({ server, storage, clock: first.clock });
  await second.clock.advance(20_000);
  assert.deepEqual(second.texts(), []);
  assert.equal(second.store.getState().outbox[0].state, 'failed');
});

test('a silent server is noticed by the ping and replaced', async () => {
  const { server, clock, store } = client();
  await clock.advance(10);
  server.mute = true;
  await clock.advance(16_000);
  assert.ok(server.connections > 1);
  server.mute = false;
  await clock.advance(40_000);
  assert.equal(store.getState().link.phase, 'secure');
});

test('a frozen HQ behind a living gateway is said, though pings come back; its next answer ends that', async () => {
  const { server, clock, store, outbox, texts } = client();
  const doubt = () => store.getState().link.doubt?.of ?? null;
  await clock.advance(10);
  server.frozen = true;
  await clock.advance(60_000);
  assert.equal(doubt(), null);
  outbox.send(id, 'one');
  await clock.advance(4_000);
  assert.equal(doubt(), null);
  for (const wait of [2_000, 10_000, 30_000]) {
    await clock.advance(wait);
    assert.equal(doubt(), 'hq');
    assert.equal(store.getState().link.phase, 'secure');
  }
  store.dispatch({ type: 'tick', at: clock.now() });
  assert.equal(store.getState().outbox[0].late, true);
  server.frozen = false;
  await clock.advance(45_000);
  assert.equal(doubt(), null);
  assert.deepEqual(texts(), ['one']);
});

test('a doubt that nothing waits for any more is cleared by asking', async () => {
  const { server, clock, store, link } = client();
  await clock.advance(10);
  server.frozen = true;
  link.socket.request('add_reaction', {}).catch(() => {});
  await clock.advance(15_000);
  assert.equal(store.getState().link.doubt?.of, 'hq');
  server.frozen = false;
  await clock.advance(15_000);
  assert.equal(store.getState().link.doubt, null);
});

test('signing out leaves no doubt behind', async () => {
  const { server, clock, store, link, outbox } = client();
  await clock.advance(10);
  server.frozen = true;
  outbox.send(id, 'one');
  await clock.advance(1_000);
  link.socket.stop();
  await clock.advance(60_000);
  assert.equal(store.getState().link.doubt, null);
});

test('a dead line is doubted three seconds after the ping it swallows, eight after it died', async () => {
  const { server, clock, store } = client();
  await clock.advance(10);
  server.mute = true;
  await clock.advance(8_000);
  assert.equal(store.getState().link.phase, 'secure');
  assert.equal(store.getState().link.doubt?.of, 'line');
  assert.ok(clock.now() - store.getState().link.doubt.since <= 5_000);
  server.mute = false;
  await clock.advance(30_000);
  assert.equal(store.getState().link.phase, 'secure');
  assert.equal(store.getState().link.doubt, null);
});

test('without a network the line has three seconds to answer; a line that needs none is kept', async () => {
  const { server, clock, store, link } = client();
  await clock.advance(10);
  link.suspect();
  await clock.advance(60_000);
  assert.equal(server.connections, 1);
  server.mute = true;
  const gone = clock.now();
  link.suspect();
  await clock.advance(3_001);
  assert.equal(store.getState().link.phase, 'reconnecting');
  assert.ok(store.getState().link.since <= gone);
});

test('a room that cannot be opened says why, is asked for ever more rarely, and opens when it can', async () => {
  const server = new FakeServer();
  const fault = { code: 'unavailable', message: 'It was noted for the operators.' };
  server.joinRefusal = fault;
  const { clock, room, link } = client({ server });
  const joins = () => server.frames.filter(({ event }) => event === 'join_squad_room').length;
  await clock.advance(100);
  assert.deepEqual(room().hindrance, fault);
  await clock.advance(600_000);
  const first = joins();
  // Sixteen seconds on average once the wait is grown; a try a second would be six hundred.
  assert.ok(first > 10 && first < 80, `${first} tries in ten minutes`);
  assert.equal(link.socket.isReady(), true);
  server.joinRefusal = null;
  await clock.advance(31_000);
  assert.equal(room().hindrance, null);
  assert.equal(room().joined, true);
  const after = joins();
  await clock.advance(600_000);
  assert.equal(joins(), after);
});

test('a text refused for now is tried ever more rarely, and goes at once when HQ answers again', async () => {
  const { server, clock, outbox, texts } = client();
  await clock.advance(10);
  server.refusal = { code: 'unavailable', message: 'Not now', retry_after: 1 };
  server.frozenFor = ['fetch_history'];
  outbox.send(id, 'one');
  await clock.advance(600_000);
  const tries = server.frames.filter(({ event }) => event === 'send_message').length;
  assert.ok(tries > 10 && tries < 80, `${tries} tries in ten minutes`);
  server.refusal = null;
  server.frozenFor = [];
  await clock.advance(12_000);
  assert.deepEqual(texts(), ['one']);
});

test('a room that stays unknown is not asked for without a pause', async () => {
  const { server, clock } = client();
  await clock.advance(10);
  server.joinRefusal = { code: 'unknown_room', message: 'Unknown' };
  server.resumeRefusal = { code: 'unknown_room', message: 'Unknown' };
  server.drop();
  await clock.advance(60_000);
  const asked = server.frames.filter(({ event }) => event === 'join_squad_room').length;
  assert.ok(asked > 2 && asked < 30, `${asked} in a minute`);
});

test('an ended session is not tried again but checked; a replaced socket waits for its user', async () => {
  const ended = client();
  await ended.clock.advance(10);
  ended.server.drop(4401);
  await ended.clock.advance(60_000);
  assert.equal(ended.server.connections, 1);
  assert.equal(ended.checks.length, 1);

  const replaced = client();
  await replaced.clock.advance(10);
  replaced.server.drop(4408);
  await replaced.clock.advance(60_000);
  assert.equal(replaced.server.connections, 1);
  assert.equal(replaced.store.getState().link.phase, 'refused');
  replaced.link.tryNow();
  await replaced.clock.advance(10);
  assert.equal(replaced.store.getState().link.phase, 'secure');
});

test('a handshake that never succeeds asks whether we are still signed in', async () => {
  const server = new FakeServer();
  server.down = true;
  const { clock, checks } = client({ server });
  await clock.advance(100);
  assert.equal(checks.length, 1);
});
