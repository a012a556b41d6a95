import { dayKey } from '../ui/time.js';
import { audience, mentions } from '../state/mentions.js';
import { counts, messageSeq } from '../state/messages.js';
import { isCut } from '../state/selectors.js';

/** Messages of one author stand together when they follow within this time, in milliseconds. */
const GROUP_WITHIN = 300_000;

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
  return { key: 'new', kind: 'new', count: fresh.length, more: isCut(room, room.marker), at };
}
