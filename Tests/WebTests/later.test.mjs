import assert from 'node:assert/strict';
import test from 'node:test';
import { later } from '../../Services/gateway/Web/ui/later.js';
import { manualClock } from './support.mjs';

/** A part that comes at the given attempt; waits one second after the first miss, two after the second, and so on. */
function part({ comesAt = 1, make = ({ name }) => ({ name }) }) {
  const clock = manualClock();
  const seen = { asked: 0, made: 0, again: 0 };
  const load = async () => {
    seen.asked += 1;
    if (seen.asked < comesAt) throw new TypeError('error loading dynamically imported module');
    return { name: 'whole' };
  };
  const made = (modules) => {
    seen.made += 1;
    return make(modules);
  };
  const again = () => {
    seen.again += 1;
  };
  return { clock, seen, ...later(load, made, { clock, again, wait: (misses) => misses * 1_000 }) };
}

test('a part that did not come is asked for again by itself, later each time, until it comes; then never again', async () => {
  const { clock, seen, fetched, use } = part({ comesAt: 4 });
  fetched();
  await clock.advance(999);
  assert.deepEqual(seen, { asked: 1, made: 0, again: 0 });
  await clock.advance(1);
  assert.deepEqual(seen, { asked: 2, made: 0, again: 1 });
  await clock.advance(1_999);
  assert.equal(seen.asked, 2);
  await clock.advance(1);
  assert.equal(seen.asked, 3);
  await clock.advance(3_000);
  await clock.advance(600_000);
  assert.deepEqual(seen, { asked: 4, made: 1, again: 2 });
  assert.equal(use(({ name }) => name), 'whole');
});

test('who wants it before its time asks at once, and nothing is asked twice for it', async () => {
  const { clock, seen, fetched, use } = part({ comesAt: 4 });
  const used = [];
  fetched();
  await clock.settle();
  use(() => used.push('before it was there'));
  await clock.settle();
  assert.equal(seen.asked, 2);
  await clock.advance(1_999);
  assert.equal(seen.asked, 2);
  await clock.advance(1);
  assert.equal(seen.asked, 3);
  use(({ name }) => used.push(name));
  await clock.settle();
  assert.deepEqual(used, ['whole']);
});

test('a part that could not be made is not made twice in one page, and the page is told at once and again', async (t) => {
  const heard = t.mock.method(console, 'error', () => {});
  const { clock, seen, fetched, use } = part({ make() { throw new Error('no such element'); } });
  const used = [];
  await fetched();
  assert.deepEqual(seen, { asked: 1, made: 1, again: 1 });
  await use(() => used.push('half of it'));
  assert.equal(seen.again, 2);
  await clock.advance(10_000);
  assert.ok(seen.again > 2);
  assert.deepEqual([seen.asked, seen.made, used], [1, 1, []]);
  assert.equal(heard.mock.callCount(), 1);
});
