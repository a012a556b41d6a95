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
