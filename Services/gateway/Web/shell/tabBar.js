import { el, icon } from '../ui/dom.js';
import { formatRoute } from '../state/route.js';
import { shortly, unreadTotal, unseenAlerts } from '../state/selectors.js';

/** The phone's bar on the first level: where on a desktop everything stands side by side. */
export function mountTabBar(element, store, app) {
  function draw(state) {
    if (state.session.phase !== 'signedIn') return;
    const { list, panel } = state.route;
    const room = state.route.room ?? app.lastRoom();
    const unseen = unseenAlerts(state);
    const { unread } = unreadTotal(state);
    const tab = (name, image, href, current, count) =>
      el(
        'a',
        { href, 'aria-current': current ? 'page' : null },
        icon(image),
        name,
        count ? el('span', { class: 'badge' }, shortly(count)) : null,
      );
    const key = JSON.stringify([list, panel, room, unseen, unread]);
    if (element.dataset.key === key) return;
    element.dataset.key = key;
    element.replaceChildren(
      tab('COMMS', 'chat', '#/rooms', list, unread),
      tab('SIGNALS', 'radar', formatRoute({ room, panel: 'signals' }), panel === 'signals'),
      tab('ALERTS', 'bell', formatRoute({ room, panel: 'alerts' }), panel === 'alerts', unseen),
      tab('SQUAD', 'users', formatRoute({ room, panel: 'members' }), panel === 'members'),
    );
  }
  store.subscribe(draw);
}
