import { el, reconcile } from '../ui/dom.js';
import { createJump, createTimelineTop } from './timelineTop.js';
import { createRow, drawRow, rowContext } from './message.js';
import { heldRow } from './rowFocus.js';
import { around, atEnd, down, follow, holding, up } from './rowRange.js';
import { timeline } from './rows.js';

/**
 * The timeline: a window of rows over the room's messages, one owner of the scroll position. Rows the window leaves
 * out are in the store, not in the page.
 */
export function mountMessageList(element, store, actions, now) {
  const rows = el('div', { class: 'rows' });
  const top = el('div', { class: 'older' });
  const drawTop = createTimelineTop(top, actions);
  const jump = createJump(() => toEnd(true));
  element.append(top, rows);
  element.after(jump.element);

  let view = { from: 0, to: 0 };
  let items = [];
  let keys = [];
  let shown = null;
  let drawn = null;
  let stick = true;
  let height = element.clientHeight;
  const context = rowContext(store, actions, now);

  function draw() {
    const room = context.room();
    if (!room || !context.user) return;
    const { outbox } = store.getState();
    const putBack = heldRow(rows, actions.focusTimeline);
    if (room.room_id !== shown) begin(room);
    // Rights decide what a row offers: with others, all rows are other rows.
    if (room.permissions !== drawn?.[3]) rows.replaceChildren();
    const drawing = [room.messages, room.marker, outbox, room.permissions, context.user];
    if (drawn?.every((part, index) => part === drawing[index])) return finish(room);
    drawn = drawing;
    items = timeline(room, outbox, context.user);
    const before = keys;
    keys = items.map((item) => item.key);
    view = follow(view, before, keys, stick);
    // Older rows that came while their reader waited at the very top: no scrolling will ask for them.
    if (!stick && element.scrollTop < 600 && view.from > 0) view = up(view);
    place(drawTop(room, items.length, view.from === 0));
    putBack();
    finish(room);
  }

  function finish(room) {
    const change = drawTop(room, items.length, view.from === 0);
    if (change) hold(change);
    reach();
    tellEnd();
  }

  function begin(room) {
    shown = room.room_id;
    drawn = null;
    stick = true;
    [items, keys] = [[], []];
    rows.replaceChildren();
    element.setAttribute('aria-label', `Messages in ${room.name}`);
  }

  /** Puts the window's rows into the page and leaves what the reader looks at where it is. */
  function place(change = null) {
    // Never take the row away that has the focus.
    const focused = keys.indexOf(document.activeElement?.closest('.rows > *')?.itemKey);
    if (focused >= 0) view = { from: Math.min(view.from, focused), to: Math.max(view.to, focused + 1) };
    const part = items.slice(view.from, view.to);
    // One act: each would round the place of the reader's row anew.
    hold(() => {
      reconcile(rows, part, (item) => createRow(item, context), (node, item) => drawRow(node, item, context));
      change?.();
    });
    actions.rowsChanged();
  }

  const hold = (change) => holding(element, rows, stick, change);

  function toEnd(focus) {
    stick = true;
    view = atEnd(items.length);
    place();
    tellEnd();
    if (focus) actions.focusComposer();
  }

  function tellEnd() {
    const room = context.room();
    jump.draw(!stick, items.find((item) => item.kind === 'new'));
    const inView = document.visibilityState === 'visible' && element.offsetParent !== null;
    const attended = inView && document.hasFocus() && stick && room?.seq !== null;
    actions.attend({ value: attended, scrolledUp: !stick, inView });
  }

  function scrolled() {
    // The keyboard of a phone or a growing composer changes the height: that is no wish to leave the end.
    if (element.clientHeight !== height) return resized();
    stick = view.to === items.length && below() < 100;
    if (!reach() && below() < 600 && view.to < items.length) move(down(view, items.length));
    tellEnd();
  }

  /** How much lies below what the reader sees, in pixels. */
  const below = () => element.scrollHeight - element.scrollTop - element.clientHeight;

  /** Whoever is near the top, or has nothing to scroll, gets what stands before. @returns {boolean} whether there is */
  function reach() {
    const room = context.room();
    const fits = element.scrollHeight <= element.clientHeight;
    if (element.clientHeight === 0 || (stick && !fits) || element.scrollTop >= 600) return false;
    if (view.from > 0) move(up(view));
    else if (room?.hasMore && !room.olderError) actions.loadOlder();
    else return false;
    return true;
  }

  function move(to) {
    view = to;
    const kept = stick;
    stick = false;
    place();
    stick = kept;
  }

  function resized() {
    height = element.clientHeight;
    if (stick) element.scrollTop = element.scrollHeight;
    tellEnd();
  }

  element.addEventListener('scroll', scrolled, { passive: true });
  new ResizeObserver(resized).observe(element);
  for (const event of ['focus', 'blur']) window.addEventListener(event, tellEnd);
  document.addEventListener('visibilitychange', tellEnd);
  store.subscribe(draw);
  draw();

  return {
    toEnd,
    /** Brings a message into the middle, and gives it the focus. @returns {boolean} whether it is there */
    show(id) {
      const index = items.findIndex((item) => item.message?.message_id === id);
      if (index < 0) return false;
      stick = false;
      view = around(index, items.length);
      place();
      const row = [...rows.children].find((node) => node.item.message?.message_id === id);
      row?.scrollIntoView({ block: 'center' });
      row?.focus({ preventScroll: true });
      height = element.clientHeight;
      // Where there is nothing to scroll no event tells that this is the end.
      scrolled();
      return true;
    },
  };
}
