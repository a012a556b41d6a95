import assert from 'node:assert/strict';
import test from 'node:test';

// Read when the formats are made.
process.env.TZ = 'Europe/London';
const { dayLabel, moment } = await import('../../Services/gateway/Web/ui/time.js');

const at = (text) => new Date(text).getTime();
const label = (then, now) => dayLabel(at(then), at(now));

test('yesterday is a day of the calendar, also where it has 23 or 25 hours', () => {
  // In 2026 the clocks of London go forward on 29 March and back on 25 October.
  assert.equal(label('2026-03-29T12:00', '2026-03-30T00:30'), 'Yesterday · Sun 29 Mar');
  assert.equal(label('2026-03-28T12:00', '2026-03-30T00:30'), 'Sat 28 Mar');
  assert.equal(label('2026-10-24T12:00', '2026-10-25T23:30'), 'Yesterday · Sat 24 Oct');
  assert.equal(label('2026-10-25T00:10', '2026-10-25T23:30'), 'Today · Sun 25 Oct');
  assert.equal(label('2026-10-31T23:59', '2026-11-01T00:01'), 'Yesterday · Sat 31 Oct');
});

test('a day of another year names it', () => {
  assert.equal(label('2025-11-22T12:00', '2026-11-22T12:00'), 'Sat 22 Nov 2025');
  assert.equal(label('2026-01-02T12:00', '2026-11-22T12:00'), 'Fri 2 Jan');
  assert.equal(label('2025-12-31T23:00', '2026-01-01T01:00'), 'Yesterday · Wed 31 Dec');
});

test('the time of another day says which', () => {
  const now = at('2026-11-22T12:00');
  assert.equal(moment(at('2026-11-22T10:07'), now), '10:07');
  assert.equal(moment(at('2026-11-21T10:07'), now), 'Sat 21 Nov 10:07');
  assert.equal(moment(NaN, now), '--:--');
});
