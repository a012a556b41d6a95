-- A member lost their place in a room (flag D) or has other rights now (flag R).
-- KEYS[9] members hash   KEYS[10] online hash   KEYS[11] absent zset   KEYS[12] joined set (rooms of the user)
-- KEYS[13] seen string
-- ARGV[11] 'remove' or 'change'   ARGV[12] the user   ARGV[13] now, ms   ARGV[14] the event as JSON after its seq
-- ARGV[15] command id   ARGV[16] flags   ARGV[17] the member as JSON after its seq   ARGV[18] digest
-- ARGV[19] seconds of the mark
local refusal = refused({'hash', 'stream', 'stream', 'hash', 'stream', 'channel', 'hash', 'zset', 'hash', 'hash', 'zset',
    'set', 'string'})
if refusal then return refusal end
local closed = unopened()
if closed then
    if closed[1] == 'reopen' then return closed end
    advance()
    return {'done', 'unknown_room'}
end
local answered = repeated(KEYS[13], ARGV[18])
if answered then return answered end
local user = ARGV[12]
local held = redis.call('HGET', KEYS[9], user)
local joined, known = string.match(held or '', '^{"seq":(%d+),(.*)$')
if not held or (ARGV[11] == 'change' and known == ARGV[17]) then
    advance()
    return {'done', 'unchanged'}
end
if outboxIsFull() then return busy() end

local json = '{"seq":' .. (room.seq + 1) .. ',' .. ARGV[14]
local name = ARGV[11] == 'remove' and 'member_removed' or 'member_updated'
record({name = name, message = '', user = user, flags = ARGV[16], json = json, logged = json, id = ARGV[15],
    digest = ARGV[18], answer = '{}', at = ARGV[13]})
if ARGV[11] == 'remove' then
    redis.call('HDEL', KEYS[9], user)
    redis.call('HDEL', KEYS[10], user)
    redis.call('ZREM', KEYS[11], ROOM_ID .. ' ' .. user)
    redis.call('SREM', KEYS[12], ROOM_ID)
else
    redis.call('HSET', KEYS[9], user, '{"seq":' .. (joined or 0) .. ',' .. ARGV[17])
end
remember(KEYS[13], ARGV[18], '{}', ARGV[19])
advance()
publishAll()
reply(room.epoch, room.seq, '{}\n')
return {'done'}
