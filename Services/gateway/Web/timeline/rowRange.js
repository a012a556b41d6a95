/** How many rows the page holds at most, and by how many it moves. */
export const PAGE = 60;
export const MOST = 240;

/**
 * Which rows of a long timeline are in the DOM: `from` up to, but without, `to`. Pure; `messageList.js` owns the
 * scroll position.
 */
export const atEnd = (count) => ({ from: Math.max(0, count - PAGE * 2), to: count });

/**
 * The same rows after the list changed.
 * @param {{from: number, to: number}} view over the old keys
 * @param {boolean} stick the reader stands at the end: keep the newest in sight
 */
export function follow(view, oldKeys, newKeys, stick) {
  if (stick || oldKeys.length === 0) return atEnd(newKeys.length);
  const places = new Map(newKeys.map((key, index) => [key, index]));
  for (let index = view.from; index < view.to; index += 1) {
    const key = oldKeys[index];
    const from = places.get(key);
    // A day line moves when older messages of its day arrive: it is no anchor.
    if (from === undefined || key.startsWith('day:') || key === 'new') continue;
    const start = Math.max(0, from - (index - view.from));
    const whole = view.to === oldKeys.length;
    const fits = newKeys.length - start <= MOST + PAGE;
    const to = whole && fits ? newKeys.length : start + (view.to - view.from);
    return { from: start, to: Math.min(newKeys.length, to) };
  }
  return atEnd(newKeys.length);
}

/** A page of older rows comes in, the newest beyond the most go out. */
export function up({ from, to }) {
  const start = Math.max(0, from - PAGE);
  return { from: start, to: Math.min(to, start + MOST) };
}

/** A page of newer rows comes in, the oldest beyond the most go out. */
export function down({ from, to }, count) {
  const end = Math.min(count, to + PAGE);
  return { from: Math.max(from, end - MOST), to: end };
}

/** The rows around one. */
export function around(index, count) {
  const from = Math.max(0, index - PAGE);
  return { from, to: Math.min(count, from + PAGE * 2) };
}

/**
 * Makes a change to a scrolling list. Whatever changes above, the row under the reader's eyes stays under them; a
 * reader at the end stays at the end.
 *
 * @param {Element} element what scrolls
 * @param {Element} rows the list in it
 * @param {boolean} atEnd
 */
export function holding(element, rows, atEnd, change) {
  const anchor = atEnd ? null : firstVisible(element, rows);
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (atEnd) element.scrollTop = element.scrollHeight;
  else if (anchor?.isConnected) element.scrollTop += anchor.getBoundingClientRect().top - before;
}

function firstVisible(element, rows) {
  const edge = element.getBoundingClientRect().top;
  // Day lines move; a message stays.
  return [...rows.children].find((row) => row.getBoundingClientRect().bottom > edge && !row.itemKey.startsWith('day:'));
}
