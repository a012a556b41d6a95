-- Lets go of what is archived, beyond the newest. Messages changed by something that is not archived yet stay.
-- KEYS[2] room hash   KEYS[3] log stream   KEYS[4] messages hash   KEYS[5] index zset   KEYS[6] changed zset
-- ARGV[3] how many stay   ARGV[4] the archive's highest seq
local refusal = refused({'hash', 'hash', 'stream', 'hash', 'zset', 'zset'})
if refusal then return refusal end
local held = redis.call('HMGET', KEYS[2], 'epoch', 'seq', 'trimmed')
if held[1] ~= EPOCH then return {'done', 0} end
local keep, through = tonumber(ARGV[3]), tonumber(ARGV[4])
local removed, trimmed = 0, tonumber(held[3] or '0')
local surplus = math.min(redis.call('ZCARD', KEYS[5]) - keep, 1000)
if surplus > 0 then
    local oldest = redis.call('ZRANGE', KEYS[5], 0, surplus - 1, 'WITHSCORES')
    for position = 1, #oldest, 2 do
        local message, seq = oldest[position], tonumber(oldest[position + 1])
        if seq > through then break end
        local changed = redis.call('ZSCORE', KEYS[6], message)
        if not changed or tonumber(changed) <= through then
            redis.call('HDEL', KEYS[4], message)
            redis.call('ZREM', KEYS[5], message)
            removed = removed + 1
        end
        trimmed = math.max(trimmed, seq)
    end
    if removed > 0 then redis.call('HSET', KEYS[2], 'trimmed', trimmed) end
end
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', through)
local floor = math.min(through, tonumber(held[2]) - keep)
if floor > 0 then redis.call('XTRIM', KEYS[3], 'MINID', (floor + 1) .. '-0') end
return {'done', removed}
