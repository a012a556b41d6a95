/** Typists are dropped after this much silence, in milliseconds: their gateway may have died. */
const TYPING_FOR = 6_000;

/** Who is in the room, who is on the net and who is typing. */
export function reduceMembers(room, action, context = {}) {
  if (action.type === 'tick') return withoutSilentTypists(room, action.at);
  if (action.type !== 'push') return room;
  const { event, data } = action.frame;
  switch (event) {
    case 'user_joined':
      return withMember(room, data, { online: true });
    case 'user_left':
      return withMember(stopped(room, data.user_id), data, { online: false });
    case 'member_added':
    case 'member_updated': {
      const mine = data.user_id === context.me;
      const permissions = mine && Array.isArray(data.permissions) ? data.permissions : room.permissions;
      // Rights we were not told are asked for by joining again.
      const stale = room.stale || (mine && event === 'member_updated' && !Array.isArray(data.permissions));
      return withMember({ ...room, permissions, stale }, data, {});
    }
    case 'member_removed':
      if (data.user_id === context.me) {
        const message = data.reason ? `Removed: ${data.reason}` : 'You were removed from this room.';
        return { ...room, joined: false, permissions: [], error: { code: 'forbidden', message } };
      }
      return withoutMember(stopped(room, data.user_id), data.user_id);
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
