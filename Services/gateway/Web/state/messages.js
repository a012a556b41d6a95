import { newer, withOwnOf } from './reactions.js';

/** The longest text the server takes, in characters. */
export const MAX_CHARACTERS = 2000;

/**
 * The message's own place in its room. A message id is `<room>.<epoch>.<seq>`, read from the right, and never
 * changes; the `seq` field of an updated message may be that of the update.
 * @returns {number}
 */
export function messageSeq(message) {
  const id = String(message.message_id ?? '');
  const tail = id.slice(id.lastIndexOf('.') + 1);
  return /^\d+$/.test(tail) && id.includes('.') ? Number(tail) : Number(message.seq ?? 0);
}

/** As many messages come in one page of history: with the join, and with each step back. */
export const PAGE_LENGTH = 50;

/** Adds messages to a sorted list, each once (a later copy of the same message wins). */
export function insert(list, more) {
  if (more.length === 1 && (list.length === 0 || messageSeq(more[0]) > messageSeq(list[list.length - 1]))) {
    return [...list, more[0]];
  }
  const byId = new Map(list.map((message) => [message.message_id, message]));
  for (const message of more) byId.set(message.message_id, newer(byId.get(message.message_id), message));
  return [...byId.values()].sort((a, b) => messageSeq(a) - messageSeq(b));
}

/** As many messages of a room stay in the page; a room that talks all night would fill it. */
const KEPT = 1_000;

/** The newest of a list that grew well beyond what is kept; the same list while it has not: most times cost nothing. */
export const newest = (list) => (list.length > KEPT * 1.2 ? list.slice(-KEPT) : list);

/** Whether a message counts as news: written by somebody else, and not a line of the system. */
export const counts = (message, userID) =>
  message.user_id !== userID && message.message_type !== 'system' && !message.deleted;

/** Changes one message; the same list when it is not loaded. */
export function replace(list, id, change) {
  const index = list.findIndex((message) => message.message_id === id);
  if (index < 0) return list;
  const next = [...list];
  next[index] = change(list[index]);
  return next;
}

/**
 * A new message: it ends its author's typing, and is read at once by its author and by whoever looks on. The oldest
 * go when there are too many, unless somebody reads them or is on the way to one of them; scrolling up asks for
 * them again.
 */
export function received(room, message, { me, attended, scrolledUp }) {
  const typing = { ...room.typing };
  delete typing[message.user_id];
  const mine = message.user_id === me;
  const upToDate = room.readSeq !== null && room.readSeq >= room.seq - 1;
  let { readSeq, marker } = room;
  if (mine || attended) readSeq = room.seq;
  else if (marker === null) marker = upToDate ? room.seq - 1 : (readSeq ?? room.seq - 1);
  // A line that nothing stands below yet would come down before a message its reader saw arrive.
  const shown = marker !== null && room.messages.some((old) => messageSeq(old) > marker && counts(old, me));
  if (mine || (attended && !shown)) marker = null;
  const all = insert(room.messages, [message]);
  const messages = scrolledUp || room.seeking ? all : newest(all);
  return {
    ...room,
    typing,
    readSeq,
    marker,
    messages,
    firstSeq: messageSeq(messages[0]),
    hasMore: room.hasMore || messages.length < all.length,
  };
}

/** The newest page replaces everything: on joining, and when what was missed could not be told. */
export function history(room, frame) {
  const { messages: told = [], has_more, own_reactions } = frame.data;
  const messages = withOwnOf(told, own_reactions);
  const seq = frame.seq ?? frame.data.seq ?? Math.max(0, ...messages.map(messageSeq));
  const known = new Map(room.messages.map((message) => [message.message_id, message]));
  const sorted = insert([], messages.map((message) => newer(known.get(message.message_id), message)));
  const readSeq = room.readSeq === null || room.readSeq > seq ? seq : room.readSeq;
  return {
    ...room,
    epoch: frame.epoch ?? room.epoch,
    seq,
    readSeq,
    messages: sorted,
    firstSeq: sorted.length ? messageSeq(sorted[0]) : null,
    hasMore: has_more ?? sorted.length >= PAGE_LENGTH,
    loadingOlder: false,
    gap: false,
    joined: true,
    marker: room.marker ?? (readSeq < seq ? readSeq : null),
  };
}

/** One page before what is there; what is there may have become another since it was asked for. */
export function older(room, { messages = [], has_more = messages.length > 0, own_reactions }, before) {
  if (before !== room.firstSeq) return { ...room, loadingOlder: false };
  const all = insert(room.messages, withOwnOf(messages, own_reactions));
  return {
    ...room,
    messages: all,
    firstSeq: all.length ? messageSeq(all[0]) : null,
    hasMore: has_more && messages.length > 0,
    loadingOlder: false,
  };
}
