import { narrow } from './ui/dom.js';
import { later } from './ui/later.js';
import { createFolds, createSettings } from './state/storage.js';
import { currentRoom } from './state/selectors.js';
import { watch } from './state/store.js';
import { probe } from './net/api.js';
import { backoff } from './net/waits.js';
import { mountComposer } from './composer/composer.js';
import { mountMembers } from './rooms/members.js';
import { mountRoomList } from './rooms/roomList.js';
import { mountAnnouncer, mountNews } from './shell/news.js';
import { mountHeader } from './shell/header.js';
import { mountLinkBar, mountLinkNotice } from './shell/linkBar.js';
import { mountTabBar, mountTabs } from './shell/tabs.js';
import { mountMessageList } from './timeline/messageList.js';
import { mountRowFocus } from './timeline/rowFocus.js';
import { mountTicker } from './timeline/ticker.js';

/** Mounts every part of the page on its landmark and gives them the acts they share. */
export function mountPage(document, store, app) {
  const at = (id) => document.getElementById(id);
  const { now } = app.clock;
  const settings = createSettings(app.storage);
  const folds = createFolds(app.storage);
  const announcer = mountAnnouncer(at('announcer'), app.clock);
  let composer;
  let list;
  let focus;
  /** At most once a minute: a part may be missing for good. What is written and not sent must be kept by the browser. */
  const loadAnew = async () => {
    if (now() - Number(app.storage.read('sc.loadedAnew')) < 60_000) return;
    // Loaded while nobody answers, the page would be gone for good.
    if (!await probe().catch(() => false)) return;
    app.storage.write('sc.loadedAnew', String(now()));
    if (app.storage.lasts('sc.loadedAnew')) location.reload();
  };
  const missed = {
    clock: app.clock,
    wait: (misses) => backoff(misses, Math.random, { base: 1_000, floor: 500 }),
    again: loadAnew,
  };
  const signIn = later(
    () => import('./shell/signIn.js'),
    ({ mountSignIn }) => mountSignIn(at('sign-in'), store, app),
    missed,
  );
  const rest = later(() => import('./later.js'), (parts) => {
    parts.mountSpoken(store, announcer);
    parts.mountSignalList(at('signals'), store, actions);
    parts.mountTyping(at('typing'), store);
    parts.mountNames(at('composer'), store);
    parts.mountKeyboard(store, actions, () => ['rooms', 'timeline', 'composer', 'intel'].map(at));
    const textOf = (room, id) => {
      const message = store.getState().rooms[room]?.messages.find((each) => each.message_id === id);
      return message?.message_type === 'text' ? message.content : null;
    };
    const words = { signalInWords: parts.inWords, plain: parts.plain, textOf };
    parts.mountAlerts(at('alerts'), at('toast'), store, { ...actions, ...words });
    parts.placeToast(at('toast'), store, { main: at('header').parentElement, rooms: at('rooms'), panel: at('intel') });
    drawRegions();
    return { openPicker: parts.openPicker, help: parts.mountHelp(at('help'), settings), seek: parts.createSeek({
      store,
      openRoom: app.openRoom,
      loadOlder: app.rooms.loadOlder,
      show: list.show,
      // The store's own frame was asked for before this one.
      drawn: () => new Promise((done) => requestAnimationFrame(done)),
    }) };
  }, missed);

  const actions = {
    ...app,
    folds,
    alert: announcer.alert,
    help: () => rest.use(({ help }) => help()),
    openPicker: (...words) => rest.use(({ openPicker }) => openPicker(...words)),
    singleKeys: settings.singleKeys,
    canCopy: Boolean(navigator.clipboard),
    retry: app.outbox.retry,
    discard: app.outbox.discard,
    hasDraft: (room) => Boolean(app.drafts.read(room)),
    loadOlder: () => app.rooms.loadOlder(store.getState().route.room),
    rowsChanged: () => focus?.refresh(),
    focusComposer: () => composer.focus(),
    focusTimeline: () => focus.focusActive(),
    enterTimeline: () => focus.enter(),
    react: (message, emoji) => app.react(
      message,
      emoji,
      // Seen and spoken.
      ({ message: body }) => store.dispatch({
        type: 'trouble', at: app.clock.now(), title: 'Reaction not saved.', body,
      }),
    ),
    attend({ value, scrolledUp, inView }) {
      const known = store.getState();
      if (known.attended !== value || known.scrolledUp !== scrolledUp || known.inView !== inView) {
        store.dispatch({ type: 'attended', value, scrolledUp, inView });
      }
      const room = currentRoom(store.getState());
      if (value && room && room.seq > (room.readSeq ?? 0)) store.dispatch({
        type: 'read',
        room_id: room.room_id,
        seq: room.seq,
      });
    },
    escape() {
      const { route } = store.getState();
      if (route.panel) return app.openRoom(route.room);
      if (route.room) store.dispatch({ type: 'marker_cleared', room_id: route.room });
      list.toEnd(true);
    },
    showMessage: (message) => rest.use(({ seek }) => seek(message)),
    async copyLevels({ pair, long, shown: [entry, stop, target] }) {
      await navigator.clipboard.writeText(`${pair} ${long ? 'LONG' : 'SHORT'} entry ${entry} SL ${stop} TP ${target}`);
      announcer.say('Levels copied');
    },
  };

  mountRoomList(at('rail'), at('rooms'), store, actions);
  const drawHeader = mountHeader(at('header'), store, actions, now);
  composer = mountComposer(at('composer'), store, actions, app);
  list = mountMessageList(at('timeline'), store, actions, now);
  focus = mountRowFocus(at('timeline'), store, actions);
  const people = [mountMembers(at('signals'), store, { onNetOnly: true }), mountMembers(at('members'), store)];
  mountTabs(at('tabs'), at('intel-title'), store, [
    { name: 'signals', label: 'Intel', panel: at('signals') },
    { name: 'members', label: 'Members', panel: at('members') },
    { name: 'alerts', label: 'Alerts', panel: at('alerts') },
  ], app.panel);
  mountTabBar(at('tabbar'), store, app);
  const drawRegions = mountNews(document, store, announcer, at('close-intel'), app);

  const everySecond = [
    drawHeader,
    mountLinkBar(at('bar'), store, actions, now),
    mountLinkNotice(at('notice'), store, actions, now),
    mountTicker(at('timeline'), at('signals'), people, store, now),
  ];
  setInterval(() => { app.tick(); everySecond.forEach((draw) => draw()); }, 1_000);
  watch(store, (state) => state.rooms, () => app.drain());
  watch(store, (state) => state.session.phase === 'signedOut', (out) => out && signIn.fetched());
  watch(store, (state) => state.link.phase === 'secure', (stands) => stands && rest.fetched());
  addEventListener('hashchange', app.route);
  narrow().addEventListener('change', app.route);
  addEventListener('online', app.wake);
  addEventListener('offline', app.suspect);
  document.addEventListener(
    'visibilitychange',
    () => document.visibilityState === 'visible' && app.wake(),
  );
}
