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

/** `Today · Sun 22 Nov` */
export function dayLabel(at, now) {
  const name = dayFormat.format(at).replace(',', '');
  if (dayKey(at) === dayKey(now)) return `Today · ${name}`;
  if (dayKey(at) === dayKey(now - 86_400_000)) return `Yesterday · ${name}`;
  return name;
}

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
