import { el, icon } from '../ui/dom.js';
import { avatar, nameOf, rank, tint } from '../ui/people.js';
import { clock, dayLabel, utcFull } from '../ui/time.js';
import { audience } from '../state/mentions.js';
import { currentRoom, may, me, shortly } from '../state/selectors.js';
import { signalCard, signalName } from '../signals/signalCard.js';
import { render } from './markdown.js';
import { reactions } from './reactions.js';
import { tickHeld } from './ticker.js';

/** What every row of the list is drawn with. */
export const rowContext = (store, actions, now) => ({
  actions,
  now,
  room: () => currentRoom(store.getState()),
  get user() { return me(store.getState()); },
});

/** The element of one timeline row. */
export function createRow(item, context) {
  const node = el(item.kind === 'message' || item.kind === 'outgoing' ? 'article' : 'div');
  drawRow(node, item, context);
  return node;
}

/** Draws a row anew; whoever had the focus inside keeps it on the same control. */
export function drawRow(node, item, context) {
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  const control = focused?.dataset.control;
  const tools = node.querySelector(':scope > .tools');
  const { className, label, parts } = kinds[item.kind](item, context);
  node.className = className;
  if (label) node.setAttribute('aria-label', label);
  node.replaceChildren(...parts, ...(tools ? [tools] : []));
  if (focused && focused !== node && !node.contains(document.activeElement)) {
    const same = node.contains(focused) ? focused : node.querySelector(`[data-control="${CSS.escape(control ?? '')}"]`);
    (same ?? node).focus({ preventScroll: true });
  }
}

const kinds = {
  day: ({ at }, { now }) => ({ className: 'day', parts: [el('span', {}, dayLabel(at, now()))] }),

  new: ({ count, at }) => ({
    className: 'news-line',
    parts: [el('span', {}, `${shortly(count)} new since ${clock(at)}`)],
  }),

  system({ message }, context) {
    const at = Date.parse(message.timestamp);
    return {
      className: 'system-line',
      parts: [icon('shield-small', 'small'), el('span', {}, ...text(message.content, context)), time(at)],
    };
  },

  message(item, context) {
    const { message, head, hit } = item;
    const at = Date.parse(message.timestamp);
    const body = message.deleted
      ? [el('p', { class: 'message-text gone' }, 'Message removed')]
      : content(message, context);
    if (message.edited && !message.deleted) body[0].append(' ', el('span', { class: 'edited-mark' }, 'edited'));
    const chips = message.deleted ? null : reactions(message, context.room(), context);
    return {
      className: `message ${head ? '' : 'continued'} ${hit ? 'mentions-reader' : ''} ${tint(message.user_id)}`,
      label: rowLabel(item, at),
      parts: head ? withHead(message, at, [...body, chips]) : [time(at), el('div', {}, ...body, chips)],
    };
  },

  outgoing({ entry, user, head }, context) {
    const failed = entry.state === 'failed';
    const body = el('p', { class: failed ? 'message-text' : 'message-text waiting' }, ...text(entry.content, context));
    const status = failed ? failure(entry, context) : tickHeld(el('div', { class: 'held' }), entry, context.now());
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

function content(message, context) {
  const card = message.message_type === 'trade_signal' ? signalCard(message, context) : null;
  // Without numbers there is nothing to draw a card from; the text still says what happened.
  return [card ?? el('p', { class: 'message-text', dir: 'auto' }, ...text(message.content, context))];
}

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
