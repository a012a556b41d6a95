import { el, setText } from '../ui/dom.js';
import { currentRoom, me } from '../state/selectors.js';
import { watch } from '../state/store.js';

/** Says who is writing, in a line of fixed height; not announced, it would never be silent. */
export function mountTyping(element, store) {
  const text = el('span', {});
  const dots = el('span', { class: 'dots', hidden: true, 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
  element.append(dots, text);
  watch(store, (state) => currentRoom(state)?.typing, (typing = {}) => {
    const user = me(store.getState());
    const names = Object.entries(typing).filter(([id]) => id !== user?.user_id).map(
      ([id, { name }]) => currentRoom(store.getState())?.members[id]?.callsign ?? name,
    );
    dots.hidden = names.length === 0;
    setText(text, sentence(names));
  });
}

function sentence(names) {
  if (names.length === 0) return '';
  if (names.length === 1) return `${names[0]} is typing`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing`;
  return `${names.length} operators are typing`;
}

/** Tells the others, at most once in three seconds, and that it ended after three seconds of silence. */
export function createTypingSignal(tell, clock) {
  const every = 3_000;
  let startedAt = -Infinity;
  let timer = null;
  let active = false;

  function stop(room_id) {
    clock.clearTimeout(timer);
    if (active) tell('typing_stop', { room_id });
    active = false;
    startedAt = -Infinity;
  }

  return {
    touch(room_id) {
      if (clock.now() - startedAt >= every) {
        tell('typing_start', { room_id });
        startedAt = clock.now();
      }
      active = true;
      clock.clearTimeout(timer);
      timer = clock.setTimeout(() => stop(room_id), every);
    },
    stop,
  };
}
