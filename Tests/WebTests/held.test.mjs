import assert from 'node:assert/strict';
import test from 'node:test';
import { heldWords } from '../../Services/gateway/Web/timeline/held.js';

test('a text that waits says so once it is late, and for how long', () => {
  const entry = { state: 'pending', at: 1_000 };
  assert.equal(heldWords(entry, 60_000), null);
  assert.match(heldWords({ ...entry, late: true }, 24_000), /^Not sent yet, after 23 s\./);
  assert.equal(heldWords({ ...entry, late: true, state: 'sent' }, 24_000), null);
});
