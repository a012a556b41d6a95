import { el } from '../ui/dom.js';
import { watch } from '../state/store.js';

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
