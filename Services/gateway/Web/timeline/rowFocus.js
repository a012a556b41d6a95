import { el, icon, iconButton, unspoken } from '../ui/dom.js';
import { currentRoom } from '../state/selectors.js';
import { canReact, controlsOf } from './message.js';
import { quickEmoji } from './reactions.js';

/**
 * The timeline is one tab stop: a roving tabindex over its rows. Arrows or j and k move, Enter goes into a row,
 * Escape leaves it. The tools of a row are one toolbar that follows the pointer or the focus.
 */
export function mountRowFocus(element, store, actions) {
  const rows = element.querySelector('.rows');
  let active = null;
  let hovered = null;
  /** The row that was gone into: its controls are in the tab order. */
  let entered = null;
  const tools = toolbar();
  const canHover = matchMedia('(hover: hover)');

  const articles = () => [...rows.querySelectorAll(':scope > article')];
  const rowOf = (node) => node?.closest?.('.rows > article') ?? null;

  function toolbar() {
    const quick = quickEmoji.slice(0, 2).map(([emoji, word]) =>
      iconButton(unspoken(emoji), `React with ${word}`, () => actions.react(owner().item.message, emoji)),
    );
    const more = iconButton(icon('smile'), 'Add reaction', () => react(owner()), {
      'aria-haspopup': 'true',
      'data-control': 'react',
    });
    return el('div', { class: 'tools', role: 'group', 'aria-label': 'Message actions' }, ...quick, more);
  }

  const owner = () => tools.closest('article');

  function react(row) {
    if (!row || !canReact(row.item, currentRoom(store.getState()))) return;
    const { message } = row.item;
    actions.openPicker(row, (emoji) => emoji && actions.react(message, emoji));
  }

  /** Rows come and go: exactly one of them is in the tab order. */
  function refresh() {
    const all = articles();
    if (!active?.isConnected) active = all[all.length - 1] ?? null;
    if (!rows.contains(document.activeElement) && all.length) active = all[all.length - 1];
    for (const row of all) row.tabIndex = row === active ? 0 : -1;
    if (tools.isConnected && !canReact(owner()?.item, currentRoom(store.getState()))) tools.remove();
  }

  function activate(row) {
    if (!row) return;
    if (active) active.tabIndex = -1;
    active = row;
    row.tabIndex = 0;
    row.focus();
    row.scrollIntoView({ block: 'nearest' });
  }

  function showTools(row) {
    if (!row || !canReact(row.item, currentRoom(store.getState()))) tools.remove();
    else if (tools.parentElement !== row) row.append(tools);
    for (const tool of tools.children) tool.tabIndex = row === entered ? 0 : -1;
  }

  function goInto(row) {
    if (row === entered) return;
    const set = (of, isIn) => {
      of.toggleAttribute('data-entered', isIn);
      for (const control of controlsOf(of)) control.tabIndex = isIn ? 0 : -1;
    };
    if (entered) set(entered, false);
    entered = row;
    if (row) set(row, true);
  }

  rows.addEventListener('pointerover', (event) => {
    const row = rowOf(event.target);
    if (event.pointerType === 'touch' || !canHover.matches || row === hovered) return;
    hovered = row;
    // Rows also move under a pointer that rests: that takes no tool from the keyboard.
    if (!tools.querySelector(':focus-visible')) showTools(row ?? rowOf(document.activeElement));
  });
  rows.addEventListener('pointerleave', () => {
    hovered = null;
    showTools(rowOf(document.activeElement));
  });
  rows.addEventListener('focusin', (event) => {
    const row = rowOf(event.target);
    if (row && row !== active) {
      if (active) active.tabIndex = -1;
      active = row;
      row.tabIndex = 0;
    }
    goInto(row === event.target ? null : row);
    showTools(row);
  });
  rows.addEventListener('focusout', (event) => {
    if (rows.contains(event.relatedTarget)) return;
    // A row that is drawn anew loses the focus for a moment, in the midst of changing its children.
    queueMicrotask(() => {
      if (rows.contains(document.activeElement)) return;
      goInto(null);
      if (!hovered) tools.remove();
    });
  });

  rows.addEventListener('keydown', (event) => {
    const row = rowOf(event.target);
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const inside = event.target !== row;
    const letters = actions.singleKeys();
    const all = articles();
    const at = all.indexOf(row);
    const act = {
      ArrowUp: () => activate(all[at - 1]),
      ArrowDown: () => activate(all[at + 1]),
      Home: () => activate(all[0]),
      End: () => activate(all[all.length - 1]),
      k: letters && (() => activate(all[at - 1])),
      j: letters && (() => activate(all[at + 1])),
      '+': letters && (() => react(row)),
      Enter: !inside && (() => row.querySelector('button, a')?.focus()),
      Escape: inside ? () => row.focus() : () => actions.escape(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });

  /** Takes the focus where its reader looks: the row of the tab stop, or the newest in sight. @returns {boolean} */
  function enter() {
    const { top, bottom } = element.getBoundingClientRect();
    const inSight = articles().filter((row) => {
      const place = row.getBoundingClientRect();
      return place.bottom > top && place.top < bottom;
    });
    const row = inSight.includes(active) ? active : (inSight.at(-1) ?? active);
    row?.focus({ preventScroll: true });
    return Boolean(row);
  }

  return { refresh, enter, focusActive: () => active?.focus() };
}

/** Whoever stands in the timeline stays there when rows go: in the same row if it comes again. @returns {() => void} */
export function heldRow(rows, otherwise) {
  const focused = document.activeElement?.closest?.('.rows > *');
  const key = rows.contains(focused) ? focused.itemKey : null;
  return () => {
    if (key === null || document.activeElement !== document.body) return;
    const same = [...rows.children].find((node) => node.itemKey === key);
    if (same) same.focus({ preventScroll: true });
    else otherwise();
  };
}
