import { isComposing } from '../ui/dom.js';
import { unread } from '../state/selectors.js';

/** Keys that work everywhere. Single keys only when nobody writes, and only when they are not switched off. */
export function mountKeyboard(store, actions, regions) {
  const writing = (node) => node?.matches?.('textarea, input, [contenteditable]');

  function step(direction, onlyUnread) {
    const { roomOrder, rooms, route, session } = store.getState();
    const at = roomOrder.indexOf(route.room);
    for (let count = 1; count <= roomOrder.length; count += 1) {
      const id = roomOrder[(at + direction * count + roomOrder.length * count) % roomOrder.length];
      if (id !== route.room && (!onlyUnread || unread(rooms[id], session.user).unread)) return actions.openRoom(id);
    }
  }

  function nextRegion(back) {
    const present = regions().filter((node) => node && node.getClientRects().length);
    const at = present.findIndex((node) => node.contains(document.activeElement));
    const to = present[(at + (back ? -1 : 1) + present.length) % present.length];
    if (to?.id === 'timeline' && actions.enterTimeline()) return;
    const inside = [...(to?.querySelectorAll('a, button, textarea, [tabindex]') ?? [])];
    // What moves its tab stop about is entered where it stands: one selector for all would give the first on the page.
    const stops = inside.filter((node) => node.tabIndex >= 0 && node.getClientRects().length);
    (stops.find((node) => node.getAttribute('tabindex') === '0') ?? stops[0] ?? to)?.focus();
  }

  document.addEventListener('keydown', (event) => {
    // Escape closes the candidates of an input method, and nothing else.
    if (isComposing(event) || store.getState().session.phase !== 'signedIn' || document.querySelector('dialog[open]')) return;
    const arrow = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.altKey && !event.ctrlKey && arrow) step(arrow, event.shiftKey);
    else if (event.key === 'F6') nextRegion(event.shiftKey);
    else if (event.key === 'Escape') actions.escape();
    else if (writing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (command(event)) command(event)();
    else {
      // What is written while nobody listens to it is meant for the room; the browser types it where the focus is then.
      if ([...event.key].length === 1 && event.key !== ' ') actions.focusComposer();
      return;
    }
    event.preventDefault();
  });

  /** A letter is a command where somebody went to: nowhere, it is the beginning of a word. */
  function command({ key, target }) {
    if (!actions.singleKeys() || target === document.body) return null;
    return { '?': actions.help, n: () => step(1, true) }[key];
  }
}
