import { el, setText } from '../ui/dom.js';
import { watch } from '../state/store.js';

/** The bar above the composer: silent for a short break, plain words for a long one. */
export function mountLinkNotice(element, store, actions, now) {
  const text = el('span', {});
  const button = el('button', { type: 'button', class: 'button', on: { click: actions.tryNow } }, 'Try now');
  element.append(text, button);

  function draw() {
    const { link, outbox } = store.getState();
    const message = words(link, outbox.filter((item) => item.state === 'pending').length, now() - link.since);
    element.hidden = message === null;
    setText(text, message ?? '');
    setText(button, link.phase === 'refused' && link.reason === 'replaced' ? 'Use here' : 'Try now');
  }
  watch(store, (state) => state.link, draw);
  watch(store, (state) => state.outbox, draw);
  return draw;
}

const refusals = {
  replaced: 'This session is open in another place, which replaced this one.',
  ended: 'The server ended this connection; asking it whether you are still signed in.',
};

/** Why nothing comes and goes, in a sentence; null while there is nothing to say. */
export function words({ phase, reason, nextTryAt, doubt }, unsent, down) {
  if (phase === 'secure') return doubt?.of === 'hq' ? `HQ does not answer. ${kept(unsent)}` : null;
  if (phase === 'refused') return refusals[reason];
  if (!nextTryAt || down < 3_000) return null;
  return `${phase === 'offline' ? 'No network.' : 'The link is down; trying again.'} ${kept(unsent)}`;
}

function kept(unsent) {
  const what = unsent === 0 ? 'What you write is' : unsent === 1 ? 'Your message is' : `Your ${unsent} messages are`;
  return `${what} kept and sent later.`;
}
