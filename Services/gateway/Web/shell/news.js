import { el, narrow } from '../ui/dom.js';
import { clock } from '../ui/time.js';
import { currentRoom, shortly, unreadTotal } from '../state/selectors.js';
import { watch } from '../state/store.js';

/**
 * What happens around the parts: the view the screen shows, the title's count, and what is said aloud.
 * @returns {() => void} to be called when a part has come with headings of its own
 */
export function mountNews(document, store, announcer, closeIntel, app) {
  watch(store, (state) => state.session.phase, (phase) => (document.body.dataset.phase = phase));
  watch(store, (state) => state.session.problem, (problem) => {
    if (problem) document.querySelector('.loading').textContent = problem;
  });

  watch(store, (state) => state.route, (route) => {
    document.body.dataset.screen = route.list ? 'rooms' : route.panel ? 'panel' : 'room';
    if (route.panel === 'alerts') store.dispatch({ type: 'notifications_seen' });
  });
  const drawRegions = oneMain(document, store);
  closeIntel.addEventListener('click', () => app.openRoom(app.lastRoom()));

  store.subscribe((state) => {
    const room = currentRoom(state);
    const { unread, more } = unreadTotal(state);
    const name = room ? `${room.name} · Squad Chat` : 'Squad Chat';
    const title = unread ? `(${shortly(unread, more)}) ${name}` : name;
    if (document.title !== title) document.title = title;
  });

  watch(store, (state) => state.outbox, (items, before = []) => {
    const known = new Set(before.filter((item) => item.state === 'failed').map((item) => item.client_id));
    const failed = items.find((item) => item.state === 'failed' && !known.has(item.client_id));
    if (failed) announcer.alert(`Message not sent. ${failed.error?.message ?? ''}`);
  });

  watch(store, (state) => state.toast, (toast) => {
    if (toast?.kind === 'trouble') announcer.alert(`${toast.title} ${toast.body}`);
  });

  watch(store, (state) => state.link.doubt?.of ?? null, (of, before) => {
    if (of === 'hq') announcer.alert('HQ does not answer. What you write is kept.');
    else if (before === 'hq' && store.getState().link.phase === 'secure') announcer.say('HQ answers again');
  });

  let lost = false;
  watch(store, (state) => state.link.phase, (phase) => {
    if (phase === 'secure' && lost) announcer.say(`Link restored at ${clock(Date.now())}`);
    if (phase === 'secure') lost = false;
    if ((phase === 'reconnecting' || phase === 'offline') && !lost) {
      lost = true;
      setTimeout(() => lost && announcer.alert('The link is down. What you write is kept.'), 3_000);
    }
  });
  return drawRegions;
}

/** On a phone one region is the whole screen: that one is the main landmark, its heading the first. */
function oneMain(document, store) {
  const phone = narrow();
  function draw() {
    const { list, panel } = store.getState().route;
    const parts = { rooms: phone.matches && list, intel: phone.matches && !list && panel !== null };
    for (const [id, whole] of Object.entries(parts)) {
      const region = document.getElementById(id);
      region.setAttribute('role', whole ? 'main' : 'complementary');
      for (const heading of region.querySelectorAll('h2, h3')) {
        heading.setAttribute('aria-level', Number(heading.tagName[1]) - (whole ? 1 : 0));
      }
    }
  }
  watch(store, (state) => state.route, draw);
  phone.addEventListener('change', draw);
  return draw;
}

/** Two live regions for the whole page: one polite and batched, one that interrupts. */
export function mountAnnouncer(element, clock) {
  const polite = el('div', { class: 'visually-hidden', 'aria-live': 'polite', role: 'status' });
  const urgent = el('div', { class: 'visually-hidden', 'aria-live': 'assertive', role: 'alert' });
  element.append(polite, urgent);
  let waiting = [];
  let timer = null;

  function flush() {
    timer = null;
    polite.textContent = waiting.length > 3 ? `${waiting.length} new messages` : waiting.join('. ');
    waiting = [];
  }

  return {
    say(text) {
      waiting.push(text);
      timer ??= clock.setTimeout(flush, 2_000);
    },
    alert(text) {
      urgent.textContent = '';
      clock.setTimeout(() => (urgent.textContent = text), 50);
    },
  };
}
