import assert from 'node:assert/strict';
import test from 'node:test';
import { createSocket } from '../../Services/gateway/Web/net/socket.js';
import { FakeServer } from './fakeServer.mjs';
import { manualClock } from './support.mjs';

/** A socket alone, and what it told: each event as its name, or `lost` with the wait that follows. */
function alone(options = {}) {
  const clock = manualClock();
  const server = new FakeServer();
  server.clock = clock;
  const losses = [];
  const told = (name) => (value) => name === 'lost' && losses.push(value.nextTryAt - clock.now());
  const names = ['connecting', 'ready', 'lost', 'refused', 'push', 'latency', 'asked', 'settled', 'stopped'];
  const socket = createSocket({
    url: 'ws://test/ws', clock, random: () => 0.999, makeSocket: () => server.connect(),
    events: Object.fromEntries(names.map((name) => [name, told(name)])), ...options,
  });
  socket.start();
  return { socket, server, clock, losses };
}

test('whoever is greeted and dropped at once comes back ever more rarely', async () => {
  const { server, clock, losses } = alone();
  server.dropping = 1006;
  await clock.advance(120_000);
  assert.ok(server.connections < 20, `${server.connections} connections in two minutes`);
  assert.ok(losses.at(-1) > 10_000);
});

test('a link that stood for some seconds comes back as soon as the first time', async () => {
  const { server, clock, losses } = alone();
  server.down = true;
  await clock.advance(60_000);
  assert.ok(losses.at(-1) > 10_000);
  server.down = false;
  await clock.advance(40_000);
  server.drop();
  await clock.advance(10);
  assert.ok(losses.at(-1) <= 500, 'it had stood');
  // Greeted, and lost within two seconds: the row goes on.
  await clock.advance(losses.at(-1) + 1_000);
  server.drop();
  await clock.advance(10);
  assert.ok(losses.at(-1) > 500);
});

test('after a loss a socket is opened only when somebody answered', async () => {
  let answers = false;
  let asked = 0;
  const probe = async () => {
    asked += 1;
    if (answers) return true;
    throw new TypeError('Failed to fetch');
  };
  const { socket, server, clock, losses } = alone({ probe });
  await clock.advance(10);
  assert.deepEqual([server.connections, asked], [1, 0], 'whoever has just loaded the page need not ask');
  server.drop();
  await clock.advance(120_000);
  assert.equal(server.connections, 1);
  assert.ok(asked > 5 && losses.length === asked + 1);
  answers = true;
  await clock.advance(20_000);
  assert.deepEqual([server.connections, socket.isReady()], [2, true]);
});

test('a proxy that answers for a gateway that is not there is not it', async () => {
  const { server, clock } = alone({ probe: async () => false });
  await clock.advance(10);
  server.drop();
  await clock.advance(60_000);
  assert.equal(server.connections, 1);
});

test('a socket that the browser holds back is given a minute, one that opened and says nothing ten seconds', async () => {
  const { server, clock, losses } = alone();
  await clock.advance(10);
  const { connect } = server;
  server.connect = () => ({ close() {}, send() {} });
  server.drop();
  await clock.advance(55_000);
  assert.equal(losses.length, 1);
  server.connect = connect;
  server.mute = true;
  await clock.advance(6_000);
  assert.equal(losses.length, 2);
  await clock.advance(12_000);
  assert.equal(losses.length, 3);
});

test('nobody who stops while they ask comes back by the answer', async () => {
  let answer;
  const { socket, server, clock } = alone({ probe: () => new Promise((done) => (answer = done)) });
  await clock.advance(10);
  server.drop();
  await clock.advance(1_000);
  socket.stop();
  answer(true);
  await clock.advance(60_000);
  assert.equal(server.connections, 1);
});

test('a socket that is dead when it is made, as to a port that WebKit blocks, is a loss', async () => {
  const { clock, losses } = alone({ makeSocket: () => ({ readyState: 3, close() {} }) });
  await clock.advance(10_000);
  assert.ok(losses.length > 2);
});
