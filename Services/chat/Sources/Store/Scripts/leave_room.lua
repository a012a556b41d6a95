-- A socket left a room, or is gone. The user counts as present for a while longer.
-- KEYS[4] online hash   KEYS[5] absent zset   KEYS[6] sockets set (those of one gateway)
-- ARGV[11] gateway   ARGV[12] socket   ARGV[13] now, ms   ARGV[14] grace, ms
local refusal = refused({'hash', 'stream', 'stream', 'hash', 'zset', 'set'})
if refusal then return refusal end
local sockets = redis.call('HGET', KEYS[4], ACTOR)
redis.call('SREM', KEYS[6], ROOM_ID .. ' ' .. ACTOR .. ' ' .. ARGV[12])
if sockets and sockets ~= '' then
    local gone, left = ARGV[11] .. '/' .. ARGV[12], {}
    for socket in string.gmatch(sockets, '%S+') do
        if socket ~= gone then left[#left + 1] = socket end
    end
    redis.call('HSET', KEYS[4], ACTOR, table.concat(left, ' '))
    if #left == 0 then redis.call('ZADD', KEYS[5], tonumber(ARGV[13]) + tonumber(ARGV[14]), ROOM_ID .. ' ' .. ACTOR) end
end
advance()
reply('-', '-', '{}\n')
return {'done'}
