-- A member lost their place in a room (flag D) or has other rights now (flag R).
-- MEMBERS hash   ONLINE hash   ABSENT sorted set   JOINED set: rooms of the user
-- change: 'remove' or 'update'   user: who   event: what is said of it, as JSON after its seq   flags: of the event
-- new_rights: as bits   member: as JSON after its seq and rights
local MEMBERS, ONLINE, ABSENT, JOINED = unpack(KEYS, 10, 13)
local change, user, event, flags, new_rights, member = unpack(ARGV, 16, 21)
if not room then
    advance()
    return {'done', 'unknown_room'}
end
local held = redis.call('HGET', MEMBERS, user)
local joined, held_rights, profile = member_parts(held or '')
local is_same = profile == member and (held_rights or new_rights) == new_rights
if not held or (change == 'update' and is_same) then
    advance()
    return {'done', 'unchanged'}
end
if outbox_is_full() then return busy() end

local json = '{"seq":' .. (room.seq + 1) .. ',' .. event
local name = change == 'remove' and 'member_removed' or 'member_updated'
record({name = name, message = '', user = user, flags = flags, json = json, logged = json, id = command_id,
    digest = digest, answer = '{}', at = now_ms})
if change == 'remove' then
    redis.call('HDEL', MEMBERS, user)
    redis.call('HDEL', ONLINE, user)
    redis.call('ZREM', ABSENT, room_id .. ' ' .. user)
    redis.call('SREM', JOINED, room_id)
else
    redis.call('HSET', MEMBERS, user, '{"seq":' .. (joined or 0) .. ',"rights":' .. new_rights .. ',' .. member)
end
redis.call('HSET', ROOM, 'roster', (tonumber(redis.call('HGET', ROOM, 'roster')) or 0) + 1)
finish('{}')
return {'done'}
