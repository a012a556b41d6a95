import { el, icon, iconButton, setText } from '../ui/dom.js';
import { headcount } from '../state/members.js';
import { currentRoom, isConfirmed, presence, shortly, unreadTotal, unseenAlerts } from '../state/selectors.js';
import { linkWords } from './linkBar.js';

/** The line above the conversation: the room, who is on the net, and on a phone the state of the link. */
export function mountHeader(element, store, actions, now) {
  const badge = el('span', { class: 'badge', hidden: true });
  const back = el('a', { class: 'icon-button back', href: '#/rooms' }, icon('back'), badge);
  const name = el('h1', { tabindex: -1 });
  const about = el('small', { class: 'off-phone' });
  const dot = el('i', {});
  const phone = el('small', { class: 'on-phone link-state' }, dot, el('span', {}));
  const bellCount = el('span', { class: 'badge', hidden: true });
  const bell = iconButton([icon('bell'), bellCount], 'Alerts', () => actions.panel('alerts'));
  const people = iconButton(icon('users'), 'Members', () => actions.panel('members'));
  const radar = iconButton(icon('radar'), 'Signals', () => actions.panel('signals'), {
    class: 'icon-button on-laptop',
  });
  element.append(back, el('div', { class: 'titles' }, name, about, phone), radar, bell, people);

  function draw() {
    const state = store.getState();
    const room = currentRoom(state);
    setText(name, room?.name ?? '');
    const { members, online } = room ? headcount(room) : { members: 0, online: 0 };
    const secure = isConfirmed(state.link);
    // Who is there now is known only while the link is up and answered on.
    setText(about, room ? presence(room, secure) : '');
    people.setAttribute('aria-label', `Members, ${members}`);

    const { word, figure } = linkWords(state.link, now());
    phone.dataset.phase = state.link.phase;
    phone.classList.toggle('doubted', !secure);
    setText(
      phone.lastElementChild,
      [word, figure, secure && members ? `${online} on net` : null].filter(Boolean).join(' · '),
    );

    const { unread, mentions, more } = unreadTotal(state);
    badge.hidden = unread === 0;
    setText(badge, mentions ? shortly(mentions) : shortly(unread, more));
    back.setAttribute('aria-label', unread ? `Back to rooms, ${shortly(unread, more)} unread` : 'Back to rooms');

    const unseen = unseenAlerts(state);
    bellCount.hidden = unseen === 0;
    setText(bellCount, String(unseen));
    bell.setAttribute('aria-label', unseen ? `Alerts, ${unseen} new` : 'Alerts');
  }
  store.subscribe(draw);
  draw();
  return draw;
}
