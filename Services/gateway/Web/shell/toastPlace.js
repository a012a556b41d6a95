import { narrow, overlaid } from '../ui/screen.js';
import { watch } from '../state/store.js';

/**
 * Keeps the toast in the region that is looked at, below its head and above what it shows: what lies over a region
 * hides what is to be read there.
 *
 * @param {{main: Element, rooms: Element, panel: Element}} regions each with a head of its own
 */
export function mountToastPlace(element, store, regions) {
  const screens = [narrow(), overlaid()];

  function draw() {
    const { list, panel } = store.getState().route;
    const [fills, covers] = screens.map((screen) => screen.matches);
    const region = fills && list ? regions.rooms : covers && panel ? regions.panel : regions.main;
    const head = region.querySelector('.head-bar');
    if (head.nextElementSibling !== element) head.after(element);
  }
  watch(store, (state) => state.route, draw);
  for (const screen of screens) screen.addEventListener('change', draw);
}
