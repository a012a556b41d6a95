/** Typists are dropped after this much silence, in milliseconds: their gateway may have died. */
const TYPING_FOR = 6_000;

/**
 * How many belong to the room and how many are on the net, as the server counts them: of many members it lists
 * only some. `counts` is null where it does not say, and what is listed is all.
 */
export const countsOf = ({ member_count, online_count }) =>
  Number.isInteger(member_count) && Number.isInteger(online_count)
    ? { members: member_count, online: online_count }
    : null;

/** @returns {{members: number, online: number}} of a room, whether it was told them or lists everybody */
export function headcount({ members, counts }) {
  const listed = Object.values(members);
  const online = listed.filter((each) => each.online).length;
  return counts
    ? { members: Math.max(counts.members, listed.length), online: Math.max(counts.online, online) }
    : { members: listed.length, online };
}

function counted(room, change) {
  if (!room.counts) return room;
  const members = room.counts.members + (change.members ?? 0);
  return { ...room, counts: { members, online: Math.min(members, room.counts.online + (change.online ?? 0)) } };
}

/** Who is in the room, who is on the net and who is typing. */
export function reduceMembers(room, action, context = {}) {
  if (action.type === 'tick') return withoutSilentTypists(room, action.at);
  if (action.type !== 'push') return room;
  const { event, data } = action.frame;
  switch (event) {
    case 'user_joined':
      return withMember(counted(room, { online: isOnline(room, data) ? 0 : 1 }), data, { online: true });
    case 'user_left':
      return withMember(
        counted(stopped(room, data.user_id), { online: isOnline(room, data) !== false ? -1 : 0 }),
        data,
        { online: false },
      );
    case 'member_added':
    case 'member_updated': {
      const mine = data.user_id === context.me;
      const permissions = mine && Array.isArray(data.permissions) ? data.permissions : room.permissions;
      // Rights we were not told are asked for by joining again.
      const stale = room.stale || (mine && event === 'member_updated' && !Array.isArray(data.permissions));
      const isNew = event === 'member_added' && !room.members[data.user_id];
      return withMember(counted({ ...room, permissions, stale }, { members: isNew ? 1 : 0 }), data, {});
    }
    case 'member_removed':
      if (data.user_id === context.me) {
        const message = data.reason ? `Removed: ${data.reason}` : 'You were removed from this room.';
        return { ...room, joined: false, permissions: [], error: { code: 'forbidden', message } };
      }
      return withoutMember(
        counted(stopped(room, data.user_id), { members: -1, online: isOnline(room, data) ? -1 : 0 }),
        data.user_id,
      );
    case 'user_typing':
      return {
        ...room,
        typing: { ...room.typing, [data.user_id]: { name: data.callsign ?? data.username, at: action.at } },
      };
    case 'user_stopped_typing':
      return stopped(room, data.user_id);
    default:
      return room;
  }
}

/** Undefined of somebody who is not listed. */
const isOnline = (room, { user_id }) => room.members[user_id] && Boolean(room.members[user_id].online);

function withMember(room, data, change) {
  const known = room.members[data.user_id];
  if (!data.user_id || (!known && change.online === false)) return room;
  const { user_id, username, callsign, role, rank } = data;
  const told = Object.fromEntries(
    Object.entries({ user_id, username, callsign, role, rank }).filter(([, v]) => v !== undefined),
  );
  return { ...room, members: { ...room.members, [user_id]: { ...known, ...told, ...change } } };
}

function withoutMember(room, id) {
  const members = { ...room.members };
  delete members[id];
  return { ...room, members };
}

function stopped(room, id) {
  if (!room.typing[id]) return room;
  const typing = { ...room.typing };
  delete typing[id];
  return { ...room, typing };
}

function withoutSilentTypists(room, now) {
  const silent = Object.keys(room.typing).filter((id) => now - room.typing[id].at > TYPING_FOR);
  return silent.reduce(stopped, room);
}
