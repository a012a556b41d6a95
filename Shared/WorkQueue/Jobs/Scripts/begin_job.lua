#!lua
-- Marks a claimed job as being done, just before its effect may happen, and hands out its payload. A job that is
-- marked already was cut off in the middle: it gets one more try, counted; after that nobody can know, and it ends.
-- KEYS[1] hash   the job
-- KEYS[2] zset   claims
-- KEYS[3] hash   owners
-- KEYS[4] stream dead letters
-- ARGV[1] string  job id
-- ARGV[2] string  token of the owner
-- ARGV[3] integer how often a job may be repeated although it may have happened
-- ARGV[4] string  the queue, for the dead letter
-- ARGV[5] string  the stream that takes the dead letter again
-- Returns {'go', payload, attempts, repeats}, {'ended'} (nothing to do), {'unknown'} or {'lost'} (another's claim).
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return {'lost'} end
local claims_type = redis.call('TYPE', KEYS[2]).ok
if claims_type ~= 'none' and claims_type ~= 'zset' then
    return redis.error_reply('WRONGTYPE the claims are a ' .. claims_type)
end
local job_type = redis.call('TYPE', KEYS[1]).ok
local dead_type = redis.call('TYPE', KEYS[4]).ok
if job_type ~= 'none' and job_type ~= 'hash' then return redis.error_reply('WRONGTYPE the job is a ' .. job_type) end
if dead_type ~= 'none' and dead_type ~= 'stream' then
    return redis.error_reply('WRONGTYPE the dead letters are a ' .. dead_type)
end
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'planned' and state ~= 'sending' then
    redis.call('ZREM', KEYS[2], ARGV[1])
    redis.call('HDEL', KEYS[3], ARGV[1])
    return {'ended'}
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local payload = redis.call('HGET', KEYS[1], 'payload')
local repeats = tonumber(redis.call('HGET', KEYS[1], 'repeats'))
if state == 'sending' then
    if repeats >= tonumber(ARGV[3]) then
        local reason = 'cut off again after a repeat: whether it happened is not known'
        redis.call('XADD', KEYS[4], 'MAXLEN', '~', 10000, '*', 'reason', reason, 'source', ARGV[4], 'entry', ARGV[1], 'at', now,
        'replay_to', ARGV[5], 'field.id', ARGV[1], 'field.payload', payload)
        redis.call('HSET', KEYS[1], 'state', 'unknown', 'reason', reason, 'updated_at', now)
        redis.call('ZREM', KEYS[2], ARGV[1])
        redis.call('HDEL', KEYS[3], ARGV[1])
        return {'unknown'}
    end
    repeats = redis.call('HINCRBY', KEYS[1], 'repeats', 1)
end
local attempts = redis.call('HINCRBY', KEYS[1], 'attempts', 1)
redis.call('HSET', KEYS[1], 'state', 'sending', 'updated_at', now)
return {'go', payload, attempts, repeats}
