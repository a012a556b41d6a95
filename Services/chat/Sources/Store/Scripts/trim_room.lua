-- Lets go of what is archived, beyond the newest. Messages changed by something that is not archived yet stay.
-- ROOM hash   LOG stream   MESSAGES hash: id → JSON   INDEX sorted set: id → seq   CHANGED sorted set: id → seq of its
-- last change   kept: how many stay   archived: the archive's highest seq
local ROOM, LOG, MESSAGES, INDEX, CHANGED = unpack(KEYS, 2, 6)
local kept, archived = unpack(ARGV, 4, 5)
local held = redis.call('HMGET', ROOM, 'epoch', 'seq', 'trimmed')
if held[1] ~= EPOCH then return {'done', 0} end
local keep, through = tonumber(kept), tonumber(archived)
local removed, trimmed = 0, tonumber(held[3] or '0')
local surplus = math.min(redis.call('ZCARD', INDEX) - keep, 1000)
if surplus > 0 then
    local oldest = redis.call('ZRANGE', INDEX, 0, surplus - 1, 'WITHSCORES')
    for position = 1, #oldest, 2 do
        local message, seq = oldest[position], tonumber(oldest[position + 1])
        if seq > through then break end
        local changed = redis.call('ZSCORE', CHANGED, message)
        if not changed or tonumber(changed) <= through then
            redis.call('HDEL', MESSAGES, message)
            redis.call('ZREM', INDEX, message)
            removed = removed + 1
        end
        trimmed = math.max(trimmed, seq)
    end
    if removed > 0 then redis.call('HSET', ROOM, 'trimmed', trimmed) end
end
redis.call('ZREMRANGEBYSCORE', CHANGED, '-inf', through)
local floor = math.min(through, tonumber(held[2]) - keep)
if floor > 0 then redis.call('XTRIM', LOG, 'MINID', (floor + 1) .. '-0') end
return {'done', removed}
