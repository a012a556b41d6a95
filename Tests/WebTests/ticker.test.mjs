import assert from 'node:assert/strict';
import test from 'node:test';
import { heldWords } from '../../Services/gateway/Web/timeline/ticker.js';

test('a text that waits says so once it is late, and for how long', () => {
  const entry = { state: 'pending', at: 1_000 };
  assert.equal(heldWords(entry, 1_900), null);
  assert.match(heldWords({ ...entry, late: true }, 24_000), /^Not sent yet, after 23 s\./);
  assert.equal(heldWords({ ...entry, late: true, state: 'sent' }, 24_000), null);
});

test('a text that is held names what holds it, and counts down to when it is sent', () => {
  const held = (code) => ({ state: 'pending', at: 1_000, held: { code, until: 41_000 } });
  assert.equal(heldWords(held('rate_limited'), 1_000), 'Too many messages at once; sent in 40 s.');
  assert.equal(heldWords(held('rate_limited'), 40_001), 'Too many messages at once; sent in 1 s.');
  assert.equal(heldWords(held('rate_limited'), 41_000), 'Sending…');
  assert.equal(heldWords(held('busy'), 1_000), 'The squad is very busy; tried again in 40 s.');
  assert.equal(heldWords(held('unavailable'), 1_000), null);
  assert.equal(heldWords(held('unavailable'), 1_999), null);
});

test('a text that waits does not look sent: after a second it says that it is on its way, without a link at once', () => {
  const entry = { state: 'pending', at: 1_000 };
  const way = (linked, joined) => heldWords(entry, 1_001, { linked, joined });
  assert.equal(heldWords(entry, 2_000), 'Sending…');
  assert.equal(way(true, true), null);
  assert.equal(way(false, false), 'Not sent yet: it waits for the link.');
  assert.equal(way(true, false), 'Not sent yet: it waits for the room to open.');
  assert.equal(heldWords({ ...entry, state: 'sent' }, 60_000, { linked: false, joined: false }), null);
});
