import assert from 'node:assert/strict';
import test from 'node:test';
import { createDoubt } from '../../Services/gateway/Web/net/doubt.js';
import { linkWords, noticeWords } from '../../Services/gateway/Web/shell/linkBar.js';
import { initialState } from '../../Services/gateway/Web/state/reducer.js';
import { isConfirmed, staleFor } from '../../Services/gateway/Web/state/selectors.js';
import { manualClock } from './support.mjs';

/** What was said of the answers, and the watch that says it. */
function watched() {
  const clock = manualClock(0);
  const said = [];
  const ends = [];
  const tell = (told, wasSilent) => {
    said.push(told);
    if (!told) ends.push(wasSilent ? 'silent' : 'refused');
  };
  return { clock, said, ends, doubt: createDoubt({ clock, tell }) };
}

const secure = (doubt) => ({ ...initialState.link, phase: 'secure', since: 0, median: 1, p95: 1, doubt });
const hq = { of: 'hq', since: 1_000 };
const line = { of: 'line', since: 1_000 };

test('a command without an answer for five seconds is said, from when it was asked; the next ends it', async () => {
  const { clock, said, doubt } = watched();
  await clock.advance(1_000);
  doubt.asked(1, 'send_message');
  await clock.advance(4_999);
  assert.deepEqual(said, []);
  await clock.advance(1);
  assert.deepEqual(said, [hq]);
  doubt.settled(1);
  assert.deepEqual(said, [hq, null]);
});

test('the ping tells of the line alone: it ends no doubt of HQ, and has three seconds itself', async () => {
  const { clock, said, doubt } = watched();
  await clock.advance(1_000);
  doubt.asked(1, 'add_reaction');
  await clock.advance(5_000);
  doubt.asked(2, 'ping');
  doubt.settled(2);
  assert.deepEqual(said, [hq]);
  await clock.advance(1_000);
  doubt.asked(3, 'ping');
  await clock.advance(3_000);
  assert.deepEqual(said, [hq, { of: 'line', since: 7_000 }]);
  doubt.settled(3);
  assert.deepEqual(said.at(-1), hq);
});

test('what cannot be done now, or was not answered in time, is doubted until something is done', async () => {
  const refusals = [
    { code: 'busy', retry_after: 1 },
    { code: 'unavailable', retry_after: 1 },
    { code: 'unavailable', silent: true },
  ];
  for (const refusal of refusals) {
    const { clock, said, doubt } = watched();
    await clock.advance(1_000);
    doubt.asked(1, 'send_message');
    doubt.settled(1, refusal);
    await clock.advance(3_000);
    doubt.asked(2, 'send_message');
    doubt.settled(2, refusal);
    await clock.advance(2_000);
    assert.deepEqual(said, [hq], refusal.code);
    doubt.asked(3, 'fetch_history');
    doubt.settled(3);
    assert.deepEqual(said.at(-1), null, refusal.code);
  }
});

test('one thing that is refused for good, or that fails alone, says nothing of HQ', async () => {
  for (const refusal of [{ code: 'forbidden' }, { code: 'rate_limited', retry_after: 9 }, { code: 'unavailable' }]) {
    const { clock, said, doubt } = watched();
    doubt.asked(1, 'send_message');
    doubt.settled(1, refusal);
    await clock.advance(60_000);
    assert.deepEqual(said, [], refusal.code);
  }
});

test('an answer of any kind ends a doubt, and it is told apart whether HQ was silent or refused', async () => {
  const { clock, said, ends, doubt } = watched();
  doubt.asked(1, 'send_message');
  doubt.settled(1, { code: 'busy', retry_after: 1 });
  await clock.advance(6_000);
  doubt.asked(2, 'send_message');
  doubt.settled(2, { code: 'forbidden' });
  doubt.asked(3, 'send_message');
  await clock.advance(6_000);
  doubt.settled(3);
  assert.deepEqual(said, [{ of: 'hq', since: 0 }, null, { of: 'hq', since: 6_000 }, null]);
  assert.deepEqual(ends, ['refused', 'silent']);
});

test('another line begins without doubt', async () => {
  const { clock, said, doubt } = watched();
  doubt.asked(1, 'join_squad_room');
  await clock.advance(6_000);
  doubt.clear();
  await clock.advance(60_000);
  assert.deepEqual(said, [{ of: 'hq', since: 0 }, null]);
});

test('the bar claims a secure link and its figure only while it is answered on', () => {
  assert.match(linkWords(secure(null), 13_000).figure, /^1 ms$/);
  assert.deepEqual(linkWords(secure(hq), 13_000), { word: 'HQ DOES NOT ANSWER · 12 s', figure: null });
  assert.deepEqual(linkWords(secure(line), 4_000), { word: 'NO ANSWER · 3 s', figure: null });
  assert.equal(isConfirmed(secure(null)), true);
  assert.equal(isConfirmed(secure(hq)), false);
});

test('a silent HQ is said above the composer too, with what becomes of what one writes', () => {
  assert.equal(noticeWords(secure(null), 0, 0), null);
  assert.equal(noticeWords(secure(hq), 0, 0), 'HQ does not answer. What you write is kept and sent later.');
  assert.equal(noticeWords(secure(hq), 1, 0), 'HQ does not answer. Your message is kept and sent later.');
});

test('cards are stale after ten seconds without an answer, and at once where no news can come', () => {
  assert.equal(staleFor(secure(null), 60_000), 0);
  assert.equal(staleFor(secure(hq), 11_000), 0);
  assert.equal(staleFor(secure(hq), 11_001), 10_001);
  assert.equal(staleFor(secure(line), 4_000), 3_000);
  const lost = { ...secure(null), phase: 'reconnecting', since: 1_000 };
  assert.equal(staleFor(lost, 11_000), 0);
  assert.equal(staleFor(lost, 11_001), 10_001);
  assert.equal(staleFor({ ...lost, phase: 'offline' }, 2_000), 1_000);
});
