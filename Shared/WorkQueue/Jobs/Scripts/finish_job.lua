#!lua
-- Ends a job whose effect has happened.
-- KEYS[1] hash   the job
-- KEYS[2] zset   claims
-- KEYS[3] hash   owners
-- ARGV[1] string job id
-- ARGV[2] string token of the owner
-- Returns 1, or 0 when the claim belongs to somebody else.
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return 0 end
local claims_type = redis.call('TYPE', KEYS[2]).ok
if claims_type ~= 'none' and claims_type ~= 'zset' then
    return redis.error_reply('WRONGTYPE the claims are a ' .. claims_type)
end
local job_type = redis.call('TYPE', KEYS[1]).ok
if job_type ~= 'none' and job_type ~= 'hash' then return redis.error_reply('WRONGTYPE the job is a ' .. job_type) end
local time = redis.call('TIME')
if job_type == 'hash' then
    redis.call('HSET', KEYS[1], 'state', 'sent', 'reason', '',
        'updated_at', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
    redis.call('HDEL', KEYS[1], 'payload')
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
