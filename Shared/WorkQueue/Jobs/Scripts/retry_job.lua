#!lua
-- Puts a job aside for a later attempt.
-- KEYS[1] hash   the job
-- KEYS[2] zset   claims
-- KEYS[3] hash   owners
-- KEYS[4] zset   scheduled: job id -> when it is due, ms since 1970
-- ARGV[1] string  job id
-- ARGV[2] string  token of the owner
-- ARGV[3] integer wait, ms
-- ARGV[4] string  reason
-- ARGV[5] 1|0     whether the effect may have happened: the job then stays 'sending', which begin_job counts
-- ARGV[6] integer seconds the state has to live beyond the wait
-- Returns 1, or 0 when the claim belongs to somebody else.
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return 0 end
local claims_type = redis.call('TYPE', KEYS[2]).ok
if claims_type ~= 'none' and claims_type ~= 'zset' then
    return redis.error_reply('WRONGTYPE the claims are a ' .. claims_type)
end
for index, wanted in pairs({[1] = 'hash', [4] = 'zset'}) do
    local found = redis.call('TYPE', KEYS[index]).ok
    if found ~= 'none' and found ~= wanted then return redis.error_reply('WRONGTYPE key ' .. index .. ' is a ' .. found) end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HSET', KEYS[1], 'state', ARGV[5] == '1' and 'sending' or 'planned', 'reason', ARGV[4],
        'updated_at', string.format('%.0f', now))
    local needed = math.ceil(tonumber(ARGV[3]) / 1000) + tonumber(ARGV[6])
    if redis.call('TTL', KEYS[1]) < needed then redis.call('EXPIRE', KEYS[1], needed) end
    redis.call('ZADD', KEYS[4], string.format('%.0f', now + tonumber(ARGV[3])), ARGV[1])
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
