-- A socket left a room, or is gone. The user counts as present for a while longer.
-- ONLINE hash: user → sockets   ABSENT sorted set: room and user → end of the grace   SOCKETS set: those of one gateway
-- gateway, socket: which   now_ms: the time   grace_ms: how long the user still counts
local ONLINE, ABSENT, SOCKETS = unpack(KEYS, 4, 6)
local gateway, socket, now_ms, grace_ms = unpack(ARGV, 12, 15)
local sockets = redis.call('HGET', ONLINE, actor)
redis.call('SREM', SOCKETS, room_id .. ' ' .. actor .. ' ' .. socket)
if sockets and sockets ~= '' then
    local gone, left = gateway .. '/' .. socket, {}
    for name in string.gmatch(sockets, '%S+') do
        if name ~= gone then left[#left + 1] = name end
    end
    redis.call('HSET', ONLINE, actor, table.concat(left, ' '))
    if #left == 0 then redis.call('ZADD', ABSENT, tonumber(now_ms) + tonumber(grace_ms), room_id .. ' ' .. actor) end
end
advance()
reply('-', '-', '{}')
return {'done'}
