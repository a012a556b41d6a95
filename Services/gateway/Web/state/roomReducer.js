import { countsOf, reduceMembers } from './members.js';
import { history, older, received, replace } from './messages.js';
import { newer, withOwn, withReactions, withWaiting } from './reactions.js';

export function squadName({ name, squad_id }) {
  const text = name ?? squad_id;
  return /squad/i.test(text) ? text : `Squad ${text}`;
}

/** The server names a command room by its squad's id, beside a squad that has a name. */
const spelled = (name, room) => (name === `Squad ${room.squad_id} Command` ? `${room.squadName} Command` : name);

/** A room before its first history. `readSeq` is where its reader left off; null means never been here. */
export function newRoom({ room_id, squad_id, name }, readSeq = null, squads = []) {
  const squad = squads.find((each) => each.squad_id === squad_id);
  const title = squadName(squad ?? { squad_id });
  return {
    room_id,
    squad_id,
    squadName: title,
    name: spelled(name, { squad_id, squadName: title }),
    epoch: null,
    seq: null,
    firstSeq: null,
    messages: [],
    hasMore: false,
    loadingOlder: false,
    olderError: null,
    seeking: false,
    joined: false,
    stale: false,
    gap: false,
    error: null,
    /** Why it could not be joined yet; it is tried again. */
    hindrance: null,
    permissions: null,
    members: {},
    counts: null,
    typing: {},
    readSeq,
    marker: null,
  };
}

/**
 * One room after one action. `context.me` is the reader, `context.attended` whether the newest row is in sight,
 * `context.scrolledUp` whether the reader looks at older ones.
 */
export function reduceRoom(room, action, context) {
  switch (action.type) {
    case 'joined':
      return joined(room, action.answer);
    case 'resumed': {
      const { recovered, epoch, permissions = room.permissions } = action.answer;
      const members = membersOf(action.answer) ?? room.members;
      const known = recovered ? (epoch ?? room.epoch) : room.epoch;
      const counts = countsOf(action.answer) ?? room.counts;
      return { ...room, joined: true, hindrance: null, gap: false, epoch: known, permissions, members, counts };
    }
    case 'room_stale':
      return { ...room, stale: true };
    case 'room_waits':
      return { ...room, hindrance: action.error };
    case 'room_refused':
      return { ...room, joined: false, stale: false, gap: false, error: action.error };
    case 'link':
      return action.link.phase && action.link.phase !== 'secure' && room.joined
        ? { ...room, joined: false, typing: {} }
        : room;
    case 'push':
      return pushed(room, action, context);
    case 'older_loading':
      return { ...room, loadingOlder: true, olderError: null };
    case 'older_failed':
      return { ...room, loadingOlder: false, olderError: action.error };
    case 'older_loaded':
      return older(room, action.answer, action.before);
    case 'reacted':
      return changed(room, action.message_id, (old) => withOwn(old, action.emoji, action.isOn));
    case 'reaction_waits':
      return changed(room, action.message_id, (old) => withWaiting(old, action.emoji, action.waits));
    case 'read':
      return action.seq > (room.readSeq ?? 0) ? { ...room, readSeq: action.seq } : room;
    case 'opened':
      return { ...room, marker: room.readSeq !== null && room.readSeq < (room.seq ?? 0) ? room.readSeq : null };
    case 'seeking':
      return room.seeking === action.value ? room : { ...room, seeking: action.value };
    case 'closed':
      return room.marker === null && !room.seeking ? room : { ...room, marker: null, seeking: false };
    case 'marker_cleared':
      return room.marker === null ? room : { ...room, marker: null };
    default:
      return reduceMembers(room, action);
  }
}

function joined(room, answer) {
  const name = spelled(answer.name ?? room.name, room);
  const { permissions = [] } = answer;
  const [members, counts] = [membersOf(answer) ?? {}, countsOf(answer)];
  const over = { stale: false, error: null, hindrance: null };
  return { ...room, name, permissions, members, counts, joined: true, ...over };
}

const membersOf = ({ members }) => members && Object.fromEntries(members.map((member) => [member.user_id, member]));

function pushed(room, action, context) {
  const { frame } = action;
  if (frame.event === 'room_history') return history(room, frame);
  if (frame.seq === undefined) return reduceMembers(room, action);
  if (room.seq === null) return room; // the history that follows has it
  if (frame.seq <= room.seq) {
    // Seen already, unless the room began a new life with lower numbers.
    return frame.epoch && frame.epoch !== room.epoch ? { ...room, gap: true } : room;
  }
  if (frame.seq > room.seq + 1) return room.gap ? room : { ...room, gap: true };
  const next = { ...room, seq: frame.seq, epoch: frame.epoch ?? room.epoch, gap: false };
  return applied(next, action, context);
}

const changed = (room, id, change) => ({ ...room, messages: replace(room.messages, id, change) });

function applied(room, action, context) {
  const { event, data } = action.frame;
  switch (event) {
    case 'new_message':
      return received(room, data, context);
    case 'reaction_added':
    case 'reaction_removed':
      return changed(
        room,
        data.message_id,
        (old) => withReactions(old, data, event === 'reaction_added', context.me),
      );
    case 'signal_updated':
    case 'message_edited':
      return changed(room, data.message_id, (old) => newer(old, data));
    case 'message_deleted':
      return changed(
        room,
        data.message_id,
        (old) => ({ ...old, content: '', reactions: {}, reaction_counts: undefined, deleted: true }),
      );
    default:
      return reduceMembers(room, action, context);
  }
}
