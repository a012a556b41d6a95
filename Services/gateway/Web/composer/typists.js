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
