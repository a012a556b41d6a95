import { el, reconcile, setText } from '../ui/dom.js';
import { avatar, nameOf, rank, rankOrder } from '../ui/people.js';
import { headcount } from '../state/members.js';
import { currentRoom } from '../state/selectors.js';
import { watch } from '../state/store.js';

/**
 * Who belongs to the room, those on the net first.
 * @param {{onNetOnly?: boolean}} options the short form for the overview
 * @returns {(isStale: boolean) => void}
 */
export function mountMembers(element, store, { onNetOnly = false } = {}) {
  const online = el('h3', { class: 'section-title label' });
  const here = el('ul', { class: 'people' });
  const offline = el('h3', { class: 'section-title label' });
  const away = el('ul', { class: 'people' });
  const rest = el('p', { class: 'unlisted', hidden: true });
  element.append(online, here, offline, away, rest);

  let isStale = false;
  let people = {};
  const chosen = (state) => {
    const { members = {}, counts = null } = currentRoom(state) ?? {};
    if (people.members !== members || people.counts !== counts) people = { members, counts };
    return people;
  };
  function show(room) {
    const all = memberList(room.members);
    const on = all.filter((member) => member.online);
    const off = all.filter((member) => !member.online);
    // Of many members some are listed, and all are counted.
    const count = headcount(room);
    setText(online, `${isStale ? 'On net when last heard' : 'On net'} · ${count.online}`);
    for (const node of [here, away]) node.classList.toggle('stale', isStale);
    setText(offline, `Off net · ${count.members - count.online}`);
    offline.hidden = count.members === count.online || onNetOnly;
    draw(here, on);
    draw(away, onNetOnly ? [] : off);
    rest.hidden = count.members === all.length || onNetOnly;
    setText(rest, `and ${count.members - all.length} more`);
  }
  watch(store, chosen, show);

  /** Who is there is not known while nobody answers. */
  return (stale) => {
    if (stale === isStale) return;
    isStale = stale;
    show(people);
  };
}

/** Those on the net first, then by rank and name. */
export const memberList = (members) =>
  Object.values(members).sort(
    (a, b) =>
      Number(Boolean(b.online)) - Number(Boolean(a.online)) ||
      rankOrder.indexOf(a.role) - rankOrder.indexOf(b.role) ||
      nameOf(a).localeCompare(nameOf(b)),
  );

function draw(list, members) {
  reconcile(
    list,
    members.map((member) => ({ ...member, key: member.user_id })),
    (member) => person(el('li', {}), member),
    person,
  );
}

function person(node, member) {
  node.className = member.online ? '' : 'off';
  node.replaceChildren(
    avatar(member, 'small', Boolean(member.online)),
    el('b', {}, el('bdi', {}, nameOf(member))),
    rank(member.role) ?? '',
    el('span', { class: 'visually-hidden' }, member.online ? 'on net' : 'off net'),
  );
  return node;
}
