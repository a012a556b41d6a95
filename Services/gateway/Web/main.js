import { initialState, reduce } from './state/reducer.js';
import { createStore } from './state/store.js';
import { createApp } from './app.js';
import { mountPage } from './page.js';

/** Listeners run once per frame; a hidden tab gets no frames but still counts what is new. */
const schedule = (run) =>
  document.visibilityState === 'visible' ? requestAnimationFrame(run) : setTimeout(run, 200);

const store = createStore(reduce, initialState, schedule);
const app = createApp(store);
mountPage(document, store, app);
app.start();
