import { el, icon } from '../ui/dom.js';
import { avatar, nameOf, rank, tint } from '../ui/people.js';
import { clock, dayLabel, moment, utcFull } from '../ui/time.js';
import { audience } from '../state/mentions.js';
import { currentRoom, may, me, shortly } from '../state/selectors.js';
import { isClosed, signalCard, signalName } from '../signals/signalCard.js';
import { render } from './markdown.js';
import { reactions } from './reactions.js';
import { tickHeld } from './ticker.js';

/** What every row of the list is drawn with. */
export const rowContext = (store, actions, now) => ({
  actions,
  now,
  state: store.getState,
  room: () => currentRoom(store.getState()),
  get user() { return me(store.getState()); },
});

/** The element of one timeline row. */
export function createRow(item, context) {
  const node = el(item.kind === 'message' || item.kind === 'outgoing' ? 'article' : 'div');
  drawRow(node, item, context);
  return node;
}

/** What can be pressed in a row. */
export const controlsOf = (row) => (row.localName === 'article' ? row.querySelectorAll('a, button') : []);

/** Draws a row anew; whoever had the focus inside keeps it on the same control. */
export function drawRow(node, item, context) {
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  const control = focused?.dataset.control;
  const tools = node.querySelector(':scope > .tools');
  const { className, label, parts } = kinds[item.kind](item, context, () => drawRow(node, item, context));
  node.className = className;
  if (label) node.setAttribute('aria-label', label);
  node.replaceChildren(...parts, ...(tools ? [tools] : []));
  // One stop in the tab order for all rows: what is inside of one is reached when it is gone into.
  if (!('entered' in node.dataset)) for (const control of controlsOf(node)) control.tabIndex = -1;
  if (focused && focused !== node && !node.contains(document.activeElement)) {
    const same = node.contains(focused) ? focused : node.querySelector(`[data-control="${CSS.escape(control ?? '')}"]`);
    (same ?? node).focus({ preventScroll: true });
  }
}

const kinds = {
  day: ({ at }, { now }) => ({ className: 'day', parts: [el('span', {}, dayLabel(at, now()))] }),

  new: ({ count, more, at }, { now }) => ({
    className: 'news-line',
    parts: [el('span', {}, `${shortly(count, more)} new since ${moment(at, now())}`)],
  }),

  system({ message }, context) {
    const at = Date.parse(message.timestamp);
    return {
      className: 'system-line',
      parts: [icon('shield-small', 'small'), el('span', {}, ...text(message.content, context)), time(at)],
    };
  },

  message(item, context, redraw) {
    const { message, head, hit } = item;
    const fold = foldOf(message, context, redraw);
    const at = Date.parse(message.timestamp);
    const body = message.deleted
      ? [el('p', { class: 'message-text gone' }, 'Message removed')]
      : content(message, context, fold);
    if (message.edited && !message.deleted) body[0].append(' ', el('span', { class: 'edited-mark' }, 'edited'));
    const chips = message.deleted ? null : reactions(message, context.room(), context);
    const whole = head && !fold?.folded;
    return {
      className: `message ${whole ? '' : 'continued'} ${fold?.folded ? 'folded' : ''} ${hit ? 'mentions-reader' : ''} ${
        tint(message.user_id)
      }`,
      label: rowLabel(item, at),
      parts: whole ? withHead(message, at, [...body, chips]) : [time(at), el('div', {}, ...body, chips)],
    };
  },

  outgoing({ entry, user, head }, context) {
    const failed = entry.state === 'failed';
    const body = el('div', { class: failed ? 'message-text' : 'message-text waiting' }, ...text(entry.content, context));
    const status = failed ? failure(entry, context) : held(entry, context);
    const fate = failed ? 'not sent' : entry.late ? 'not sent yet' : 'sending';
    const label = `${nameOf(user)}, ${clock(entry.at)}, ${fate}`;
    return {
      className: `message outgoing ${head ? '' : 'continued'} ${tint(user.user_id)}`,
      label,
      parts: head ? withHead(user, entry.at, [body, status]) : [time(entry.at), el('div', {}, body, status)],
    };
  },
};

function withHead(author, at, children) {
  const signal = author.message_type === 'trade_signal';
  const title = signal ? el('span', { class: 'rank' }, 'SIGNAL DESK') : rank(author.role ?? author.rank);
  return [
    avatar(author, 'large'),
    el(
      'div',
      {},
      el('div', { class: 'byline' }, el('b', {}, el('bdi', {}, nameOf(author))), title, time(at)),
      ...children,
    ),
  ];
}

/** A closed signal is one line until somebody opens it. */
function foldOf(message, { actions: { folds } }, redraw) {
  if (!isClosed(message)) return null;
  const toggle = () => {
    folds.toggle(message.message_id);
    redraw();
  };
  return { folded: !folds.isOpen(message.message_id), toggle };
}

function content(message, context, fold) {
  const card = message.message_type === 'trade_signal' ? signalCard(message, context, fold) : null;
  // Without numbers there is nothing to draw a card from; the text still says what happened.
  return [card ?? el('div', { class: 'message-text', dir: 'auto' }, ...text(message.content, context))];
}

const held = (entry, { now, state }) => tickHeld(el('div', { class: 'held' }, icon('clock', 'small'), el('span')), entry, now(), state());

const text = (content, { room, user }) => render(content, audience(room(), user));

function failure(entry, { actions }) {
  const why = entry.error?.message ? `Not sent. ${entry.error.message.replace(/\.?$/, '.')}` : 'Not sent.';
  const button = (text, control, press) => el(
    'button',
    { type: 'button', 'data-control': control, on: { click: press } },
    text,
  );
  return el(
    'div',
    { class: 'fail' },
    icon('flag', 'small'),
    el('span', {}, why),
    button('Retry', 'retry', () => actions.retry(entry.client_id)),
    button('Discard', 'discard', () => actions.discard(entry.client_id)),
  );
}

function rowLabel({ message, hit }, at) {
  const what = message.message_type === 'trade_signal' ? signalName(message) : null;
  return [nameOf(message), message.role, clock(at), hit && 'mentions you', what].filter(Boolean).join(', ');
}

const time = (at) => el(
  'time',
  { datetime: Number.isFinite(at) ? new Date(at).toISOString() : null, title: utcFull(at) },
  clock(at),
);

/** Whether the reader may answer this row with an emoji. */
export const canReact = (item, room) =>
  item?.kind === 'message' && !item.message.deleted && may(room, 'react') && room.joined;
