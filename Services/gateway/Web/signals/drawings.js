import { svg } from '../ui/dom.js';
import { band, place } from './levels.js';

const arc = 'M12 60A36 36 0 1 1 80 60';

/** The TCS gauge: an arc of 100 with notches at 70 and 85. */
export function gauge(tcs) {
  const path = (name, dash) => svg('path', { d: arc, class: name, pathLength: 100, 'stroke-dasharray': dash });
  const filled = tcs === null ? 0 : Math.min(100, Math.max(0, tcs));
  const label = tcs === null ? 'TCS unknown' : `TCS ${tcs} of 100, ${band(tcs)} confidence`;
  return svg(
    'svg',
    { viewBox: '0 0 92 70', role: 'img', 'aria-label': label },
    path('arc', null),
    filled ? path(`arc ${band(tcs)}`, `${filled} 200`) : null,
    svg('path', { class: 'notch', d: 'M70.5 23 76.5 17.5M80.5 46 87 44' }),
    svg('text', { x: 46, y: 52, 'text-anchor': 'middle' }, tcs === null ? '–' : String(Math.round(tcs))),
  );
}

/** Stop on the left, target on the right, entry where it lies; a diamond where it ended. */
export function ladder(signal) {
  const entry = place(signal, signal.entry);
  if (entry === null) return null;
  const [start, low, high] = signal.shown;
  const exit = place(signal, signal.result?.exit ?? null);
  const x = (part) => (3 + part * 474).toFixed(1);
  const line = (name, from, to) => svg('path', { class: name, d: `M${x(from)} 9H${x(to)}` });
  const tick = (name, at) => svg('path', { class: name, d: `M${x(at)} 2v14` });
  const won = exit !== null && exit >= entry;
  return svg(
    'svg',
    {
      class: 'ladder',
      viewBox: '0 0 480 18',
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `Stop ${low}, entry ${start}, target ${high}${exit === null ? '' : `, ended at ${signal.result.at}`}`,
    },
    line('track', 0, 1),
    line('risk', 0, entry),
    exit === null ? null : line(won ? 'won' : 'lost', Math.min(entry, exit), Math.max(entry, exit)),
    tick('stop', 0),
    tick('entry', entry),
    tick('target', 1),
    exit === null ? null : svg('path', { class: 'now', d: `m${x(exit)} 1 7 8-7 8-7-8z` }),
  );
}
