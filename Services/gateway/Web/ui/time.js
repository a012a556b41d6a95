/** All times of the page: the server's instants in the reader's zone, UTC where the desk needs one clock. */
const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
const two = (n) => String(n).padStart(2, '0');

/** `10:07` in the reader's zone. @param {number} at milliseconds since 1970 */
export const clock = (at) => (Number.isFinite(at) ? clockFormat.format(at) : '--:--');

/** `2026-11-22` in the reader's zone; the key of a day line. */
export function dayKey(at) {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `Today · Sun 22 Nov`; of another year `Sat 22 Nov 2025` */
export function dayLabel(at, now) {
  const name = dayFormat.format(at).replace(',', '');
  const day = dayKey(at);
  // A day of the calendar, which has 23 or 25 hours when the clocks change.
  const before = new Date(now);
  before.setDate(before.getDate() - 1);
  if (day === dayKey(now)) return `Today · ${name}`;
  if (day === dayKey(before)) return `Yesterday · ${name}`;
  const [year] = day.split('-');
  return dayKey(now).startsWith(year) ? name : `${name} ${year}`;
}

/** The time of an instant of today, and of another day its day before it. */
export const moment = (at, now) =>
  !Number.isFinite(at) || dayKey(at) === dayKey(now) ? clock(at) : `${dayLabel(at, now).split(' · ').pop()} ${clock(at)}`;

/** `10:08:41` UTC */
export const utcClock = (at) => new Date(at).toISOString().slice(11, 19);

/** `2026-11-22 10:07:03 UTC`, shown on hover. */
export const utcFull = (at) =>
  Number.isFinite(at) ? `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC` : '';

/** `41 min`, `50 s`, `2 h 5 min`: a span, rounded down. @param {number} span milliseconds */
export function duration(span) {
  const seconds = Math.max(0, Math.floor(span / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
