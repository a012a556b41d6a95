import { el, setText } from '../ui/dom.js';
import { reconcile } from '../ui/list.js';
import { avatar, nameOf, rank, rankOrder } from '../ui/people.js';
import { currentRoom } from '../state/selectors.js';
import { watch } from '../state/store.js';

/**
 * Who belongs to the room, those on the net first.
 * @param {{onNetOnly?: boolean}} options the short form for the overview
 */
export function mountMembers(element, store, { onNetOnly = false } = {}) {
  const online = el('h3', { class: 'section-title label' });
  const here = el('ul', { class: 'people' });
  const offline = el('h3', { class: 'section-title label' });
  const away = el('ul', { class: 'people' });
  element.append(online, here, offline, away);

  watch(store, (state) => currentRoom(state)?.members, (members) => {
    const all = members ? memberList(members) : [];
    const on = all.filter((member) => member.online);
    const off = all.filter((member) => !member.online);
    setText(online, `On net · ${on.length}`);
    setText(offline, `Off net · ${off.length}`);
    offline.hidden = off.length === 0 || onNetOnly;
    draw(here, on);
    draw(away, onNetOnly ? [] : off);
  });
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
