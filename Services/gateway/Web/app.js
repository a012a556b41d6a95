import { narrow } from './ui/dom.js';
import { hasReacted } from './state/reactions.js';
import { createDrafts, createReadMarks, createStorage } from './state/storage.js';
import { formatRoute, parseRoute, placeFor } from './state/route.js';
import * as api from './net/api.js';
import { createLink } from './net/link.js';
import { createOutbox } from './net/outbox.js';
import { createRooms } from './net/rooms.js';
import { createSession } from './net/session.js';
import { REACTION_SHOWN_AFTER } from './net/waits.js';
import { createTypingSignal } from './composer/typing.js';

const timers = {
  setTimeout: (run, after) => setTimeout(run, after),
  clearTimeout: (timer) => clearTimeout(timer),
  now: () => Date.now(),
};

/** 128 random bits; `randomUUID` exists only on secure origins. */
const makeId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

/** What the page can do: the session, the link, and everything that talks to the server. No element is known here. */
export function createApp(store) {
  const clock = timers;
  const url = new URL('ws', location.href.replace(/^http/, 'ws').split('#')[0]).href;
  const storage = createStorage(() => localStorage);
  const marks = createReadMarks(store, storage);
  const drafts = createDrafts(storage, () => store.getState().session.user?.user_id);
  let last = null;

  const link = createLink({
    store, url, clock,
    probe: api.probe,
    checkSession: (problem) => session.check(problem),
    onReady() {
      rooms.bringAll();
      outbox.hurry();
    },
    onPush() {
      rooms.heal();
      outbox.drain();
    },
    onDoubt: () => rooms.probe(),
    onAnswered: hurry,
  });
  const { socket } = link;
  const session = createSession({ api, store, clock, enter, stop: socket.stop, resume: socket.startLater });
  const rooms = createRooms({ socket, store, clock });
  const outbox = createOutbox({ socket, store, clock, storage, makeId });
  const typing = createTypingSignal((event, data) => socket.tell(event, data), clock);

  /** What waits for a better moment need not: this is one. */
  function hurry() {
    rooms.hurry();
    outbox.hurry();
  }

  function enter({ user, squads = [], rooms: mine = [], demo = false, demo_users: demoUsers = [] }) {
    store.dispatch({ type: 'signed_in', user, squads, rooms: mine, demo, demoUsers, read: marks.load(user) });
    outbox.restore();
    route();
    socket.start();
  }

  /** The address decides; without a room in it, the first one is opened. */
  function route() {
    const asked = parseRoute(location.hash);
    const state = store.getState();
    if (state.session.phase !== 'signedIn') return;
    const to = placeFor(asked, state, last, narrow().matches);
    last = to.room ?? last;
    // The address says where we are, so that Back leads there again.
    history.replaceState(null, '', formatRoute(to));
    store.dispatch({ type: 'route', route: to });
  }

  function go(to) {
    location.hash = formatRoute(to);
    // Not when the browser tells of it, a moment later: the next key would still count from the place before.
    route();
  }

  return {
    clock, storage, drafts, typing, route, outbox, rooms,
    start: session.start,
    signIn: session.signIn,
    signOut: session.signOut,
    tryNow() {
      link.tryNow();
      hurry();
    },
    wake: link.wake,
    suspect: link.suspect,
    drain: outbox.drain,
    lastRoom: () => last ?? store.getState().roomOrder[0],
    openRoom: (room) => go({ room }),
    panel: (panel) => go({ room: store.getState().route.room ?? last, panel }),
    send: (room_id, content) => outbox.send(room_id, content),
    tick: () => store.dispatch({ type: 'tick', at: clock.now() }),
    react(message, emoji, report) {
      const { user_id } = store.getState().session.user;
      const { room_id, message_id } = message;
      const isOn = !hasReacted(message, emoji, user_id);
      const waits = (value) => store.dispatch({ type: 'reaction_waits', room_id, message_id, emoji, waits: value });
      const slow = clock.setTimeout(() => waits(true), REACTION_SHOWN_AFTER);
      const answered = () => {
        clock.clearTimeout(slow);
        waits(false);
      };
      socket.request(isOn ? 'add_reaction' : 'remove_reaction', { message_id, emoji }).then(
        () => store.dispatch({ type: 'reacted', room_id, message_id, emoji, isOn }),
        report,
      ).finally(answered);
    },
  };
}
