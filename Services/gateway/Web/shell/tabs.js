import { el, icon } from '../ui/dom.js';
import { watch } from '../state/store.js';
import { formatRoute } from '../state/route.js';
import { shortly, unreadTotal, unseenAlerts } from '../state/selectors.js';

/**
 * The tabs of the intel panel (ARIA tab pattern: arrows move and choose). Which one is open is part of the address.
 * @param {{name: string, label: string, panel: Element}[]} tabs
 */
export function mountTabs(element, title, store, tabs, choose) {
  const buttons = tabs.map(({ name, label, panel }) => {
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', `tab-${name}`);
    panel.tabIndex = 0;
    return el(
      'button',
      { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': panel.id, on: { click: () => choose(name) } },
      label,
    );
  });
  element.append(...buttons);

  element.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
    buttons[at].focus();
    choose(tabs[at].name);
    event.preventDefault();
  });

  let last = tabs[0].name;
  watch(store, (state) => state.route.panel, (panel) => {
    last = panel ?? last;
    title.textContent = tabs.find(({ name }) => name === last).label;
    tabs.forEach(({ name, panel: node }, index) => {
      const selected = name === last;
      buttons[index].setAttribute('aria-selected', String(selected));
      buttons[index].tabIndex = selected ? 0 : -1;
      node.hidden = !selected;
    });
  });
}

/** The phone's bar on the first level: where on a desktop everything stands side by side. */
export function mountTabBar(element, store, app) {
  function draw(state) {
    if (state.session.phase !== 'signedIn') return;
    const { list, panel } = state.route;
    const room = state.route.room ?? app.lastRoom();
    const unseen = unseenAlerts(state);
    const { unread, more } = unreadTotal(state);
    const tab = (name, image, href, current, count, beyond = false) =>
      el(
        'a',
        { href, 'aria-current': current ? 'page' : null },
        icon(image),
        name,
        count ? el('span', { class: 'badge' }, shortly(count, beyond)) : null,
      );
    const key = JSON.stringify([list, panel, room, unseen, unread, more]);
    if (element.dataset.key === key) return;
    element.dataset.key = key;
    element.replaceChildren(
      tab('COMMS', 'chat', '#/rooms', list, unread, more),
      tab('SIGNALS', 'radar', formatRoute({ room, panel: 'signals' }), panel === 'signals'),
      tab('ALERTS', 'bell', formatRoute({ room, panel: 'alerts' }), panel === 'alerts', unseen),
      tab('SQUAD', 'users', formatRoute({ room, panel: 'members' }), panel === 'members'),
    );
  }
  store.subscribe(draw);
}
