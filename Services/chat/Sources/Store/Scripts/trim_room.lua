-- Lets go of what is archived, beyond the newest. Messages stay that were changed by something which is not archived yet,
-- or which the log still tells.
-- ROOM hash   LOG stream   MESSAGES hash: id → JSON   INDEX sorted set: id → seq   CHANGED sorted set: id → seq of its
-- last change   REACTED hash: id → its reactions   kept: how many stay   archived: the archive's highest seq
-- From the 8th key on the REACTIONS hash of each message whose id follows from the 6th argument on. A message that has
-- reactions and is not among them stays too, and is named in the answer: so its reactions go with it, in one step.
local ROOM, LOG, MESSAGES, INDEX, CHANGED, REACTED = unpack(KEYS, 2, 7)
local kept, archived = unpack(ARGV, 4, 5)
local MOST_NAMED = 200
local held = redis.call('HMGET', ROOM, 'epoch', 'seq', 'trimmed')
if held[1] ~= EPOCH then return {'done', 0} end
local reactions, answer = {}, {'done', 0}
for position = 8, #KEYS do
    local message = unpack(ARGV, position - 2, position - 2)
    reactions[message] = unpack(KEYS, position, position)
end
local keep, through = tonumber(kept), tonumber(archived)
local floor = math.min(through, tonumber(held[2]) - keep)
local trimmed = tonumber(held[3] or '0')
local surplus = math.min(redis.call('ZCARD', INDEX) - keep, 1000)
if surplus > 0 then
    local oldest = redis.call('ZRANGE', INDEX, 0, surplus - 1, 'WITHSCORES')
    -- Asked for each message only where there is anything to find.
    local some_changed, some_reacted = redis.call('ZCARD', CHANGED) > 0, redis.call('HLEN', REACTED) > 0
    local gone = {}
    for position = 1, #oldest, 2 do
        local message, seq = oldest[position], tonumber(oldest[position + 1])
        if seq > through or #answer - 2 >= MOST_NAMED then break end
        local changed = some_changed and redis.call('ZSCORE', CHANGED, message)
        if not changed or tonumber(changed) <= floor then
            if reactions[message] or not some_reacted or redis.call('HEXISTS', REACTED, message) == 0 then
                gone[#gone + 1] = message
                if reactions[message] then
                    redis.call('HDEL', REACTED, message)
                    redis.call('UNLINK', reactions[message])
                end
            else
                answer[#answer + 1] = message
            end
        end
        trimmed = math.max(trimmed, seq)
    end
    if #gone > 0 then
        redis.call('HDEL', MESSAGES, unpack(gone))
        redis.call('ZREM', INDEX, unpack(gone))
        redis.call('HSET', ROOM, 'trimmed', trimmed)
    end
    answer[2] = #gone
end
redis.call('ZREMRANGEBYSCORE', CHANGED, '-inf', floor)
if floor > 0 then redis.call('XTRIM', LOG, 'MINID', (floor + 1) .. '-0') end
return answer
