import assert from 'node:assert/strict';
import test from 'node:test';
import { createStore, watch } from '../../Services/gateway/Web/state/store.js';

const counter = (schedule) => createStore((state, { by }) => ({ n: state.n + by }), { n: 0 }, schedule);

test('a listener that throws silences no other, and is reported', (t) => {
  const report = t.mock.method(console, 'error', () => {});
  const store = counter((run) => run());
  const heard = [];
  store.subscribe(() => {
    throw new Error('broken part');
  });
  store.subscribe(({ n }) => heard.push(n));
  watch(store, ({ n }) => n, (n) => heard.push(`watched ${n}`));
  store.dispatch({ by: 1 });
  store.dispatch({ by: 1 });
  assert.deepEqual(heard, ['watched 0', 1, 'watched 1', 2, 'watched 2']);
  assert.equal(report.mock.callCount(), 2);
  assert.equal(report.mock.calls[0].arguments[0].message, 'broken part');
});

test('many actions before a frame make one call; nothing changed makes none', () => {
  const frames = [];
  const store = counter((run) => frames.push(run));
  let calls = 0;
  store.subscribe(() => (calls += 1));
  store.dispatch({ by: 1 });
  store.dispatch({ by: 1 });
  assert.equal(frames.length, 1);
  frames.forEach((run) => run());
  assert.equal(calls, 1);
  const still = createStore((state) => state, {}, (run) => run());
  still.subscribe(() => assert.fail('nothing changed'));
  still.dispatch({ by: 1 });
});
