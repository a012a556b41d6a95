import { headcount } from './members.js';
import { audience, mentions } from './mentions.js';
import { counts, messageSeq } from './messages.js';

export const currentRoom = (state) => state.rooms[state.route.room] ?? null;
export const me = (state) => state.session.user;
/** Whether what is shown is known to be so: the line stands, and what is asked is answered. */
export const isConfirmed = (link) => link.phase === 'secure' && !link.doubt;

/** A link that is lost for a moment makes nothing stale, nor does an answer that takes its time. Milliseconds. */
const STALE_AFTER = 10_000;

/** For how long nothing was confirmed, in milliseconds; 0 while that is not worth a word. */
export function staleFor({ phase, since, doubt }, now) {
  if (phase === 'secure' && !doubt) return 0;
  const span = now - (phase === 'secure' ? doubt.since : since);
  // Where the line itself is silent no news can come, whatever happens.
  const atOnce = phase === 'offline' || doubt?.of === 'line';
  return atOnce || span > STALE_AFTER ? span : 0;
}

export const may = (room, right) => Boolean(room?.permissions?.includes(right));

const remembered = new WeakMap();

const none = [];

/**
 * Unread messages of a room and how many of them name the reader. The page knows the newest messages only; what names
 * the reader before them is told by the inbox.
 *
 * @param {object[]} inbox the notifications
 * @returns {{unread: number, mentions: number, more?: true}} `more`: there are unread ones that are not loaded
 */
export function unread(room, user, inbox = none) {
  const known = remembered.get(room);
  if (known?.inbox === inbox) return known.result;
  const result = { unread: 0, mentions: 0 };
  const people = audience(room, user);
  const read = room.readSeq ?? Infinity;
  for (let index = room.messages.length - 1; index >= 0; index -= 1) {
    const message = room.messages[index];
    if (messageSeq(message) <= read) break;
    if (!counts(message, user.user_id)) continue;
    result.unread += 1;
    if (mentions(message, people)) result.mentions += 1;
  }
  if (isCut(room, read)) {
    result.more = true;
    // Of this life of the room only: numbers of another tell nothing.
    const life = `${room.room_id}.${room.epoch}.`;
    const before = (id) => id?.startsWith(life) && messageSeq({ message_id: id }) > read &&
      messageSeq({ message_id: id }) < room.firstSeq;
    const named = inbox.filter(({ kind, message_id: id }) => kind === 'mention' && before(id));
    result.mentions += new Set(named.map((each) => each.message_id)).size;
  }
  remembered.set(room, { inbox, result });
  return result;
}

/** Whether something after `seq` is not loaded. */
export const isCut = (room, seq) => room.hasMore && room.firstSeq !== null && room.firstSeq > seq + 1;

/** A number of messages as it is shown. @param {boolean} [more] there are some that the page does not know */
export const shortly = (count, more) => (count > 999 ? '999+' : more === true ? `${count}+` : String(count));

/** Over all rooms, for the title and the back button. */
export function unreadTotal(state) {
  const total = { unread: 0, mentions: 0 };
  if (!me(state)) return total;
  for (const id of state.roomOrder) {
    const { unread: u, mentions: m, more } = unread(state.rooms[id], me(state), state.notifications);
    total.unread += u;
    total.mentions += m;
    if (more) total.more = true;
  }
  return total;
}

/** Alerts that nobody has looked at. */
export const unseenAlerts = (state) => state.notifications.filter((each) => !each.seen).length;

/** `14 operators · 9 on net`; without a link only what does not change by itself. */
export function presence(room, secure = true) {
  const { members, online } = headcount(room);
  if (members === 0) return '';
  const count = `${members} ${members === 1 ? 'operator' : 'operators'}`;
  return secure ? `${count} · ${online} on net` : count;
}
