import { newer } from './reactions.js';

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
