import { el, icon, iconButton, reconcile, svg } from '../ui/dom.js';
import { avatar, nameOf } from '../ui/people.js';
import { formatRoute } from '../state/route.js';
import { isConfirmed, me, presence, shortly, unread } from '../state/selectors.js';
import { squadName } from '../state/roomReducer.js';

/** The squad rail and the room list beside it, with what is unread in each. */
export function mountRoomList(rail, list, store, actions) {
  const title = el('h2', {});
  const detail = el('small', {});
  const rooms = el('div', { class: 'links' });
  const own = el('div', { class: 'me' });
  list.append(
    el('div', { class: 'head-bar' }, el('div', {}, title, detail)),
    el('nav', { class: 'room-list', 'aria-label': 'Room list' }, el('h3', { class: 'label' }, 'Channels'), rooms),
    own,
  );
  const shields = el('div', { class: 'shields' });
  rail.append(shields);

  function draw(state) {
    const user = me(state);
    if (!user) return;
    const open = state.rooms[state.route.room ?? actions.lastRoom()];
    const squad = state.squads.find((each) => each.squad_id === open?.squad_id) ?? state.squads[0];
    const inSquad = (id) => state.roomOrder.map((each) => state.rooms[each]).filter((room) => room.squad_id === id);

    reconcile(
      shields,
      state.squads.map((each) => shieldItem(each, each === squad, inSquad(each.squad_id), state)),
      drawShield,
      redraw(drawShield),
    );
    const mine = squad ? inSquad(squad.squad_id) : [];
    reconcile(
      rooms,
      mine.map((room) => roomItem(room, state, actions)),
      drawRoom,
      redraw(drawRoom),
    );

    title.textContent = squad ? squadName(squad) : 'No squad';
    detail.textContent = open ? presence(open, isConfirmed(state.link)) : '';
  }

  function drawOwn(user) {
    if (!user) return;
    own.replaceChildren(
      avatar(user, 'large'),
      el('div', {}, el('b', {}, nameOf(user)), el('small', {}, String(user.role ?? '').toUpperCase())),
      iconButton(icon('help'), 'All keys', actions.help, { title: 'All keys (?)' }),
      iconButton(icon('out'), 'Sign out', actions.signOut),
    );
  }

  let shownUser = null;
  store.subscribe((state) => {
    draw(state);
    if (me(state) !== shownUser) drawOwn((shownUser = me(state)));
  });
}

/** Redrawing is creating again: these rows hold no state. The focus goes with it. */
const redraw = (create) => (node, item) => {
  const fresh = create(item);
  for (const name of ['class', 'href', 'aria-current', 'aria-label', 'title']) {
    if (fresh.hasAttribute(name)) node.setAttribute(name, fresh.getAttribute(name));
    else node.removeAttribute(name);
  }
  node.replaceChildren(...fresh.childNodes);
};

const cache = new Map();
/** The same object while nothing of it changed, so that `reconcile` leaves the row alone. */
function stable(item) {
  const text = JSON.stringify(item);
  const known = cache.get(item.key);
  if (known?.text === text) return known.item;
  cache.set(item.key, { text, item });
  return item;
}

function shieldItem(squad, current, rooms, state) {
  const sums = rooms.map((room) => unread(room, me(state), state.notifications));
  const sum = (name) => sums.reduce((total, each) => total + each[name], 0);
  const href = rooms.length ? formatRoute({ room: rooms[0].room_id }) : '#/rooms';
  return stable({
    key: `squad:${squad.squad_id}`,
    name: squadName(squad),
    id: squad.squad_id,
    current,
    href,
    unread: sum('unread'),
    mentions: sum('mentions'),
    more: sums.some((each) => each.more),
  });
}

function drawShield({ name, id, current, href, unread: fresh, mentions, more }) {
  const news = mentions ? `, ${shortly(mentions)} mentions` : fresh ? `, ${shortly(fresh, more)} unread` : '';
  return el(
    'a',
    { class: 'squad', href, 'aria-current': current ? 'true' : null, 'aria-label': name + news, title: name },
    current || fresh ? el('i', { class: 'mark' }) : null,
    svg('svg', { 'aria-hidden': 'true' }, svg('use', { href: '#i-shield' })),
    el('b', {}, [...id].slice(0, 2).join('').toUpperCase()),
    mentions ? el('span', { class: 'badge' }, shortly(mentions)) : null,
  );
}

function roomItem(room, state, actions) {
  const current = state.route.room === room.room_id;
  return stable({
    key: room.room_id,
    name: room.name,
    current,
    draft: !current && actions.hasDraft(room.room_id),
    ...unread(room, me(state), state.notifications),
  });
}

function drawRoom({ key, name, current, draft, unread: fresh, mentions, more }) {
  const named = mentions ? `, ${shortly(mentions)} mentions` : '';
  const news = named + (fresh ? `, ${shortly(fresh, more)} unread` : '');
  return el(
    'a',
    {
      class: `room-link ${fresh ? 'new' : ''}`.trim(),
      href: formatRoute({ room: key }),
      'aria-current': current ? 'page' : null,
      'aria-label': name + news + (draft ? ', draft' : ''),
    },
    icon('hash', 'small'),
    el('span', { class: 'room-name' }, name),
    draft ? icon('pencil', 'small') : null,
    mentions ? el('em', { class: 'badge' }, shortly(mentions)) : null,
    fresh && !mentions ? el('em', { class: 'unread-count' }, shortly(fresh, more)) : null,
  );
}
