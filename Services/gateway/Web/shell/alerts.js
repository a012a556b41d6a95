import { el, icon, iconButton, narrow, overlaid } from '../ui/dom.js';
import { moment } from '../ui/time.js';
import { formatRoute } from '../state/route.js';
import { watch } from '../state/store.js';

const icons = { mention: 'at', signal: 'radar', trade_signal: 'radar', trouble: 'flag' };

/** The list behind the bell, and the toast that shows the newest for a moment. */
export function mountAlerts(element, toastElement, store, actions) {
  const timers = actions.clock;
  const list = el('ul', { class: 'feed' });
  const nothing = 'Nothing new. Mentions of you appear here, also those that came while you were away.';
  const empty = el('p', { class: 'none' }, nothing);
  element.append(el('h3', { class: 'section-title label' }, 'Latest alerts'), list, empty);

  watch(store, (state) => state.notifications, (all) => {
    empty.hidden = all.length > 0;
    list.replaceChildren(...all.map((each) => el('li', {}, entry(each, actions))));
  });

  let timer = null;
  watch(store, (state) => state.toast, (toast) => {
    timers.clearTimeout(timer);
    toastElement.hidden = toast === null;
    toastElement.replaceChildren();
    if (!toast) return;
    const gone = () => store.dispatch({ type: 'toast_gone', id: toast.id });
    // What went wrong stays until it was seen.
    const start = () => toast.kind !== 'trouble' && (timer = timers.setTimeout(gone, 8_000));
    toastElement.append(
      el(
        'div',
        { class: 'box' },
        entry(toast, actions, gone),
        iconButton(icon('close', 'small'), 'Dismiss', gone, { title: null }),
      ),
    );
    toastElement.firstElementChild.addEventListener('pointerenter', () => timers.clearTimeout(timer));
    toastElement.firstElementChild.addEventListener('pointerleave', start);
    start();
  });
}

/** Keeps the toast below the head of the region that is looked at: what lies over a region hides what is read there. */
export function placeToast(element, store, { main, rooms, panel }) {
  const screens = [narrow(), overlaid()];
  function place() {
    const { route } = store.getState();
    const [fills, covers] = screens.map((screen) => screen.matches);
    const region = fills && route.list ? rooms : covers && route.panel ? panel : main;
    const head = region.querySelector('.head-bar');
    if (head.nextElementSibling !== element) head.after(element);
  }
  watch(store, (state) => state.route, place);
  for (const screen of screens) screen.addEventListener('change', place);
}

/** The body without what the title said already: who mentioned us, or that it is a signal. */
export function brief(title, body) {
  const said = [`${title.replace(/^Mentioned by /, '')}: `, 'Signal: '].find((words) => body.startsWith(words)) ?? '';
  return body.slice(said.length);
}

function entry({ kind, title, body, signal, room_id, message_id, at }, actions, then = () => {}) {
  // What is told is a line that was cut somewhere; the message itself, where it is here, has its marks whole.
  const said = actions.textOf(room_id, message_id) ?? brief(title, body);
  const what = actions.signalInWords(signal) ?? actions.plain(said);
  const inside = [
    icon(icons[kind] ?? 'bell'),
    el('span', {}, el('b', {}, title), ' ', el('span', { class: 'what' }, what)),
    el('time', {}, moment(at, actions.clock.now())),
  ];
  if (!room_id) return el('div', { class: 'alert' }, ...inside);
  const open = (event) => {
    event.preventDefault();
    then();
    actions.showMessage({ room_id, message_id });
  };
  return el('a', { class: 'alert', href: formatRoute({ room: room_id }), on: { click: open } }, ...inside);
}
