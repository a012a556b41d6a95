import { messageSeq } from '../net/frames.js';
import { insert } from './messages.js';

/** A new message: it ends its author's typing, and is read at once by its author and by whoever looks on. */
export function received(room, message, { me, attended }) {
  const typing = { ...room.typing };
  delete typing[message.user_id];
  const mine = message.user_id === me;
  const upToDate = room.readSeq !== null && room.readSeq >= room.seq - 1;
  let { readSeq, marker } = room;
  if (mine || attended) readSeq = room.seq;
  else if (marker === null) marker = upToDate ? room.seq - 1 : (readSeq ?? room.seq - 1);
  if (mine) marker = null;
  return {
    ...room,
    typing,
    readSeq,
    marker,
    messages: insert(room.messages, [message]),
    firstSeq: room.firstSeq ?? messageSeq(message),
  };
}

/** The newest page replaces everything: on joining, and when what was missed could not be told. */
export function history(room, frame) {
  const { messages = [], has_more } = frame.data;
  const seq = frame.seq ?? frame.data.seq ?? Math.max(0, ...messages.map(messageSeq));
  const sorted = insert([], messages);
  const readSeq = room.readSeq === null || room.readSeq > seq ? seq : room.readSeq;
  return {
    ...room,
    epoch: frame.epoch ?? room.epoch,
    seq,
    readSeq,
    messages: sorted,
    firstSeq: sorted.length ? messageSeq(sorted[0]) : null,
    hasMore: has_more ?? sorted.length >= 50,
    loadingOlder: false,
    gap: false,
    joined: true,
    marker: room.marker ?? (readSeq < seq ? readSeq : null),
  };
}

/** One page before what is there. */
export function older(room, { messages = [], has_more = messages.length > 0 }) {
  const all = insert(room.messages, messages);
  return {
    ...room,
    messages: all,
    firstSeq: all.length ? messageSeq(all[0]) : null,
    hasMore: has_more && messages.length > 0,
    loadingOlder: false,
  };
}
