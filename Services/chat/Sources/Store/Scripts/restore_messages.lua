-- Puts messages back as the archive holds them.
-- MESSAGES hash: id → JSON   INDEX sorted set: id → seq   CHANGED sorted set: id → seq of its last change
-- anew: '1' to forget first what Redis holds   From the 5th argument on, three of each message: seq, id, JSON
local MESSAGES, INDEX, CHANGED = unpack(KEYS, 2, 4)
local anew = unpack(ARGV, 4, 4)
if anew == '1' then redis.call('DEL', MESSAGES, INDEX, CHANGED) end
for position = 5, #ARGV, 3 do
    local seq, message, json = unpack(ARGV, position, position + 2)
    redis.call('HSET', MESSAGES, message, json)
    redis.call('ZADD', INDEX, seq, message)
end
return {'done'}
