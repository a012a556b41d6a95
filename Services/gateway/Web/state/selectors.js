import { messageSeq } from '../net/frames.js';
import { dayKey } from '../ui/time.js';
import { audience, mentions } from './mentions.js';
import { counts } from './messages.js';

/** Messages of one author stand together when they follow within this time, in milliseconds. */
const GROUP_WITHIN = 300_000;

export const currentRoom = (state) => state.rooms[state.route.room] ?? null;
export const me = (state) => state.session.user;
export const may = (room, right) => Boolean(room?.permissions?.includes(right));

const remembered = new WeakMap();

/** Unread messages of a room and how many of them name the reader. @returns {{unread: number, mentions: number}} */
export function unread(room, user) {
  const known = remembered.get(room);
  if (known) return known;
  let result = { unread: 0, mentions: 0 };
  const people = audience(room, user);
  for (let index = room.messages.length - 1; index >= 0; index -= 1) {
    const message = room.messages[index];
    if (messageSeq(message) <= (room.readSeq ?? Infinity)) break;
    if (!counts(message, user.user_id)) continue;
    result.unread += 1;
    if (mentions(message, people)) result.mentions += 1;
  }
  remembered.set(room, result);
  return result;
}

/** A number of messages as it is shown: the page knows the newest only. */
export const shortly = (count) => (count > 999 ? '999+' : String(count));

/** Over all rooms, for the title and the back button. */
export function unreadTotal(state) {
  const total = { unread: 0, mentions: 0 };
  if (!me(state)) return total;
  for (const id of state.roomOrder) {
    const { unread: u, mentions: m } = unread(state.rooms[id], me(state));
    total.unread += u;
    total.mentions += m;
  }
  return total;
}

const items = new WeakMap();

/** The same object for the same message in the same place, so that an unchanged row costs nothing. */
function item(message, { head, user, people }) {
  const known = items.get(message);
  if (known && known.head === head) return known;
  const mine = message.user_id === user.user_id;
  const kind = message.message_type === 'system' ? 'system' : 'message';
  const key = mine && message.client_id ? `c:${message.client_id}` : message.message_id;
  const made = { key, kind, message, head, mine, hit: !mine && !message.deleted && mentions(message, people) };
  items.set(message, made);
  return made;
}

/** The rows of a room's timeline: day lines, the line above what is new, messages, and what is on its way. */
export function timeline(room, outbox, user) {
  const rows = [];
  const people = audience(room, user);
  let day = null;
  let last = null;
  let markerDone = room.marker === null;
  for (const message of room.messages) {
    const at = Date.parse(message.timestamp);
    const itsDay = dayKey(at);
    if (itsDay !== day) {
      rows.push({ key: `day:${itsDay}`, kind: 'day', at });
      day = itsDay;
      last = null;
    }
    if (!markerDone && messageSeq(message) > room.marker && counts(message, user.user_id)) {
      rows.push(newLine(room, user, at));
      markerDone = true;
      last = null;
    }
    rows.push(item(message, { head: !continues(last, message, at), user, people }));
    last = message.message_type === 'text' ? { user_id: message.user_id, at } : null;
  }
  for (const entry of outbox) {
    if (entry.room_id === room.room_id) {
      rows.push({ key: `c:${entry.client_id}`, kind: 'outgoing', entry, user, head: !continues(last, user, entry.at) });
      last = { user_id: user.user_id, at: entry.at };
    }
  }
  return rows;
}

const continues = (last, { user_id, message_type = 'text' }, at) =>
  last !== null && message_type === 'text' && last.user_id === user_id && at - last.at < GROUP_WITHIN;

function newLine(room, user, at) {
  const fresh = room.messages.filter((message) => messageSeq(message) > room.marker && counts(message, user.user_id));
  return { key: 'new', kind: 'new', count: fresh.length, at };
}

/** `14 operators · 9 on net`; without a link only what does not change by itself. */
export function presence({ members }, secure = true) {
  const all = Object.values(members);
  if (all.length === 0) return '';
  const online = all.filter((each) => each.online).length;
  const count = `${all.length} ${all.length === 1 ? 'operator' : 'operators'}`;
  return secure ? `${count} · ${online} on net` : count;
}

/** Members, those on the net first, then by rank and name. */
export function memberList(room) {
  const order = ['commander', 'sergeant', 'corporal', 'recruit', 'observer'];
  const name = (member) => member.callsign ?? member.username ?? member.user_id;
  return Object.values(room.members).sort(
    (a, b) =>
      Number(Boolean(b.online)) - Number(Boolean(a.online)) ||
      order.indexOf(a.role) - order.indexOf(b.role) ||
      name(a).localeCompare(name(b)),
  );
}

/** Signals of a room, newest first, each once. */
export function signals(room, most = 12) {
  const seen = new Set();
  const found = [];
  for (let index = room.messages.length - 1; index >= 0 && found.length < most; index -= 1) {
    const message = room.messages[index];
    const data = message.metadata?.signal_data;
    if (message.message_type !== 'trade_signal' || !data || seen.has(data.signal_id)) continue;
    seen.add(data.signal_id);
    found.push(message);
  }
  return found;
}
