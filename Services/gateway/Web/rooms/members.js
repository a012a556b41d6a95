import { el, setText } from '../ui/dom.js';
import { reconcile } from '../ui/list.js';
import { currentRoom, memberList } from '../state/selectors.js';
import { watch } from '../state/store.js';
import { avatar, nameOf, rank } from '../ui/people.js';

/**
 * Who belongs to the room, those on the net first.
 * @param {{onNetOnly?: boolean}} options the short form for the overview
 */
export function mountMembers(element, store, { onNetOnly = false } = {}) {
  const online = el('h3', { class: 'sec lbl' });
  const here = el('ul', { class: 'people' });
  const offline = el('h3', { class: 'sec lbl' });
  const away = el('ul', { class: 'people' });
  element.append(online, here, offline, away);

  watch(store, (state) => currentRoom(state)?.members, (members) => {
    const all = members ? memberList({ members }) : [];
    const on = all.filter((member) => member.online);
    const off = all.filter((member) => !member.online);
    setText(online, `On net · ${on.length}`);
    setText(offline, `Off net · ${off.length}`);
    offline.hidden = off.length === 0 || onNetOnly;
    draw(here, on);
    draw(away, onNetOnly ? [] : off);
  });
}

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
    avatar(member, 'x32', Boolean(member.online)),
    el('b', {}, el('bdi', {}, nameOf(member))),
    rank(member.role) ?? '',
    el('span', { class: 'sr' }, member.online ? 'on net' : 'off net'),
  );
  return node;
}
