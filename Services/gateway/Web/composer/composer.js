import { el, icon, isComposing, onScreen, setText } from '../ui/dom.js';
import { MAX_CHARACTERS } from '../state/messages.js';
import { currentRoom, may } from '../state/selectors.js';
import { watch } from '../state/store.js';

const counterFrom = 1800;

/** Where messages are written: grows to eight lines, counts near the limit, keeps one draft per room. */
export function mountComposer(element, store, actions, { drafts, typing }) {
  const field = el(
    'textarea',
    { rows: 1, id: 'message', autocomplete: 'off', enterkeyhint: 'send', 'aria-describedby': 'count' },
  );
  const count = el('span', { class: 'count figures', id: 'count', hidden: true });
  const send = el('button', { class: 'send', 'aria-label': 'Send', title: 'Send' }, icon('send'));
  const fields = el('div', { class: 'fields' }, field, count, send);
  const form = el('form', { class: 'composer', 'aria-label': 'Message' }, fields);
  const reason = el('p', { class: 'cannot', hidden: true });
  element.append(form, reason);
  let roomID = null;

  // The server counts characters as people see code points, not UTF-16 units.
  const length = () => [...field.value.trim()].length;

  function fit() {
    field.rows = 1;
    const style = getComputedStyle(field);
    const line = parseFloat(style.lineHeight);
    const lines = Math.round(
      (field.scrollHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom)) / line,
    );
    field.rows = Math.min(8, Math.max(1, lines));
    const long = length();
    count.hidden = long < counterFrom;
    setText(count, `${long} / ${MAX_CHARACTERS}`);
    count.classList.toggle('over', long > MAX_CHARACTERS);
    field.setAttribute('aria-invalid', String(long > MAX_CHARACTERS));
    send.setAttribute('aria-disabled', String(long === 0 || long > MAX_CHARACTERS));
  }

  function submit() {
    const text = field.value.trim();
    if (!text || !roomID) return;
    if (length() > MAX_CHARACTERS) {
      actions.alert(`Too long: ${length()} of ${MAX_CHARACTERS} characters.`);
      return;
    }
    field.value = '';
    drafts.write(roomID, '');
    typing.stop(roomID);
    fit();
    actions.send(roomID, text);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
    field.focus();
  });
  field.addEventListener('input', () => {
    fit();
    drafts.write(roomID, field.value);
    if (field.value.trim()) typing.touch(roomID);
    else typing.stop(roomID);
  });
  field.addEventListener('keydown', (event) => {
    if (isComposing(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowUp' && field.value === '') {
      event.preventDefault();
      actions.focusTimeline();
    }
  });

  watch(store, (state) => state.route.room, (id) => {
    if (roomID) typing.stop(roomID);
    roomID = id;
    field.value = id ? drafts.read(id) : '';
    fit();
  });
  watch(store, (state) => currentRoom(state)?.name, (name) => {
    field.placeholder = name ? `Message ${name}` : 'Message';
    field.setAttribute('aria-label', field.placeholder);
  });
  watch(store, (state) => obstacle(currentRoom(state)), (text) => {
    form.hidden = text !== null;
    reason.hidden = text === null;
    setText(reason, text ?? '');
  });
  watch(store, (state) => state.session.phase === 'signedIn', (isIn) => {
    // On a phone the keyboard would come up over what is to be read.
    if (isIn && !onScreen()) setTimeout(() => field.focus());
  });
  new ResizeObserver(fit).observe(element);

  return { focus: () => field.focus(), field };
}

/** Why nothing can be written here, or null. An interrupted link is no reason: the text waits. */
function obstacle(room) {
  if (!room) return 'You are in no squad yet. Ask a commander to add you.';
  if (room.error) return room.error.message;
  if (room.permissions === null || may(room, 'send')) return null;
  return 'Observers read along. Ask a commander for a rank to write here.';
}
