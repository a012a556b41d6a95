-- Says that a user left, once, when the grace after the last socket is over.
-- ROOM hash   ONLINE hash: user → sockets   LIVE channel   ABSENT sorted set: room and user → end of the grace
-- now_ms: the time   room_id, user: who, where   left: `user_left` as JSON
local ROOM, ONLINE, LIVE, ABSENT = unpack(KEYS, 2, 5)
local now_ms, room_id, user, left = unpack(ARGV, 4, 7)
local member = room_id .. ' ' .. user
local due = redis.call('ZSCORE', ABSENT, member)
if not due or tonumber(due) > tonumber(now_ms) then return {'done', 'early'} end
local sockets = redis.call('HGET', ONLINE, user)
local epoch = redis.call('HGET', ROOM, 'epoch') or '-'
redis.call('ZREM', ABSENT, member)
if sockets ~= '' then return {'done', 'present'} end  -- came back, or was removed from the room
redis.call('HDEL', ONLINE, user)
redis.call('HSET', ROOM, 'roster', (tonumber(redis.call('HGET', ROOM, 'roster')) or 0) + 1)
redis.call('SPUBLISH', LIVE, 'user_left ' .. room_id .. ' ' .. epoch .. ' - - ' .. user .. '\n' .. left)
return {'done', 'absent'}
