import assert from 'node:assert/strict';
import test from 'node:test';
import { createLink } from '../../Services/gateway/Web/net/link.js';
import { createSession } from '../../Services/gateway/Web/net/session.js';
import { initialState, reduce } from '../../Services/gateway/Web/state/reducer.js';
import { createStore } from '../../Services/gateway/Web/state/store.js';
import { noticeWords } from '../../Services/gateway/Web/shell/linkBar.js';
import { FakeServer } from './fakeServer.mjs';
import { manualClock, viper } from './support.mjs';

const ghost = { ...viper, user_id: 'ghost-2', username: 'Ghost-2' };
const ok = (data = {}) => ({ status: 200, ok: true, data });
const inDemo = (user) => ok({ user, squads: [], rooms: [], demo: true, demo_users: [viper, ghost] });
const nobody = { status: 401, ok: false, data: { demo: true, demo_users: [viper, ghost] } };
const unavailable = { status: 503, ok: false, data: { error: 'The service is not ready.', code: 'unavailable' } };
const silence = () => Promise.reject(new TypeError('Failed to fetch'));

/** The session of a page whose requests are answered as the test says; `answers` may be changed on the way. */
async function page(answers) {
  const server = new FakeServer();
  const clock = (server.clock = manualClock());
  const store = createStore(reduce, initialState, (run) => run());
  const asked = [];
  const answer = (name) => async (...words) => (asked.push(name), typeof answers[name] === 'function'
    ? answers[name](...words) : answers[name]);
  const api = { readSession: answer('session'), join: answer('join'), leave: answer('leave') };
  const link = createLink({
    store, clock, url: 'ws://test/ws', makeSocket: () => server.connect(), online: () => true,
    checkSession: (problem) => session.check(problem), onReady() {}, onPush() {},
  });
  const session = createSession({
    api, store, clock, stop: link.socket.stop, resume: link.socket.startLater,
    enter({ user, demo, demo_users: demoUsers }) {
      store.dispatch({ type: 'signed_in', user, squads: [], rooms: [], demo, demoUsers });
      link.socket.start();
    },
  });
  session.start();
  await clock.advance(10);
  return { server, clock, store, session, link, asked, state: () => store.getState() };
}

test('signing out that the server could not do leaves the user signed in and says so', async () => {
  for (const leave of [unavailable, silence]) {
    const { session, state, server, clock } = await page({ session: inDemo(viper), leave });
    await session.signOut();
    await clock.advance(10);
    assert.equal(state().session.phase, 'signedIn');
    assert.equal(state().link.phase, 'secure');
    assert.equal(state().toast.title, 'Not signed out.');
    assert.match(state().toast.body, /still signed in here/);
    assert.equal(server.connections, 1);
  }
});

test('signing out leads to the sign-in of the demo, even when nobody answers after it', async () => {
  for (const after of [nobody, unavailable, silence]) {
    const answers = { session: inDemo(viper), leave: () => ((answers.session = after), ok()) };
    const { session, state } = await page(answers);
    await session.signOut();
    assert.equal(state().session.phase, 'signedOut');
    assert.equal(state().session.demo, true);
    assert.deepEqual(state().session.demoUsers, [viper, ghost]);
    assert.equal(state().session.problem, null);
  }
});

test('the socket that closes because we sign out is no problem to report', async () => {
  const answers = { session: inDemo(viper) };
  const { session, state, server, clock } = await page(answers);
  answers.leave = async () => {
    server.drop(4401);
    answers.session = nobody;
    return ok();
  };
  await session.signOut();
  await clock.advance(60_000);
  assert.equal(state().session.problem, null);
});

test('a sign-out that was done although its answer was lost ends at the sign-in', async () => {
  const answers = { session: inDemo(viper) };
  const { session, state, server, clock } = await page(answers);
  answers.leave = () => {
    server.drop(4401);
    answers.session = nobody;
    return silence();
  };
  await session.signOut();
  await clock.advance(10);
  assert.equal(state().session.phase, 'signedOut');
});

test('a start without an answer goes on asking, and never shows another sign-in', async () => {
  for (const first of [unavailable, silence, ok({})]) {
    const answers = { session: first };
    const { state, clock } = await page(answers);
    await clock.advance(10_000);
    assert.equal(state().session.phase, 'loading');
    assert.match(state().session.problem, /does not answer/);
    answers.session = nobody;
    await clock.advance(3_000);
    assert.equal(state().session.phase, 'signedOut');
    assert.equal(state().session.demo, true);
  }
});

test('an ended session is asked about until there is an answer, and the notice says what is true', async () => {
  const answers = { session: inDemo(viper) };
  const { state, server, clock } = await page(answers);
  answers.session = silence;
  server.drop(4401);
  await clock.advance(60_000);
  assert.equal(state().session.phase, 'signedIn');
  assert.match(noticeWords(state().link, 0, 60_000), /asking it whether you are still signed in/);
  answers.session = unavailable;
  await clock.advance(5_000);
  assert.equal(state().session.phase, 'signedIn');
  answers.session = nobody;
  await clock.advance(5_000);
  assert.equal(state().session.phase, 'signedOut');
  assert.match(state().session.problem, /Your session ended/);
});

test('an ended connection of a living session is made again', async () => {
  const answers = { session: inDemo(viper) };
  const { state, server, clock } = await page(answers);
  answers.session = silence;
  server.drop(4401);
  await clock.advance(5_000);
  answers.session = inDemo(viper);
  await clock.advance(5_000);
  assert.equal(state().link.phase, 'secure');
  assert.equal(noticeWords(state().link, 0, 0), null);
});

test('asking by hand asks an ended session, but the network never takes back one that went elsewhere', async () => {
  const answers = { session: inDemo(viper) };
  const ended = await page(answers);
  answers.session = silence;
  ended.server.drop(4401);
  await ended.clock.settle();
  const before = ended.asked.length;
  ended.link.tryNow();
  ended.link.wake();
  assert.equal(ended.asked.length, before + 2);

  const replaced = await page({ session: inDemo(viper) });
  replaced.server.drop(4408);
  assert.match(noticeWords(replaced.state().link, 0, 0), /open in another place/);
  replaced.link.wake();
  await replaced.clock.advance(60_000);
  assert.equal(replaced.server.connections, 1);
  replaced.link.tryNow();
  await replaced.clock.advance(10);
  assert.equal(replaced.state().link.phase, 'secure');
});

test('another user in the same browser is entered anew: nothing of the one before stays', async () => {
  const answers = { session: inDemo(viper) };
  const { state, store, server, clock } = await page(answers);
  const item = { client_id: 'c1', room_id: 'x', content: 'mine', at: 0, state: 'pending' };
  store.dispatch({ type: 'queued', item });
  answers.session = inDemo(ghost);
  server.drop(4401);
  await clock.advance(10);
  assert.equal(state().session.user.user_id, 'ghost-2');
  assert.deepEqual(state().outbox, []);
  assert.equal(state().link.phase, 'secure');
});

test('a sign-in that fails stays with what it showed, and names the reason', async () => {
  const answers = { session: nobody, join: unavailable };
  const { session, state } = await page(answers);
  await session.signIn({ user_id: 'viper-1' });
  assert.equal(state().session.problem, 'The service is not ready.');
  answers.join = silence;
  await session.signIn({ user_id: 'viper-1' });
  assert.match(state().session.problem, /does not answer/);
  assert.deepEqual(state().session.demoUsers, [viper, ghost]);
  Object.assign(answers, { join: ok(), session: inDemo(viper) });
  await session.signIn({ user_id: 'viper-1' });
  assert.equal(state().session.user.user_id, 'viper-1');
});

test('a session that the server ends again and again, and calls alive, is not tried in a hot loop', async () => {
  const { server, clock } = await page({ session: inDemo(viper) });
  server.dropping = 4401;
  server.drop(4401);
  await clock.advance(120_000);
  assert.ok(server.connections < 30, `${server.connections} connections in two minutes`);
});
