#!lua
-- Ends a job that can never succeed, and keeps it among the dead letters.
-- KEYS[1] hash   the job
-- KEYS[2] zset   claims
-- KEYS[3] hash   owners
-- KEYS[4] stream dead letters
-- ARGV[1] string job id
-- ARGV[2] string token of the owner
-- ARGV[3] string reason
-- ARGV[4] string the queue, for the dead letter
-- ARGV[5] string  the stream that takes the dead letter again
-- Returns 1, or 0 when the claim belongs to somebody else.
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return 0 end
local claims_type = redis.call('TYPE', KEYS[2]).ok
if claims_type ~= 'none' and claims_type ~= 'zset' then
    return redis.error_reply('WRONGTYPE the claims are a ' .. claims_type)
end
for index, wanted in pairs({[1] = 'hash', [4] = 'stream'}) do
    local found = redis.call('TYPE', KEYS[index]).ok
    if found ~= 'none' and found ~= wanted then return redis.error_reply('WRONGTYPE key ' .. index .. ' is a ' .. found) end
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local payload = redis.call('HGET', KEYS[1], 'payload')
if payload then
    redis.call('XADD', KEYS[4], 'MAXLEN', '~', 10000, '*', 'reason', ARGV[3], 'source', ARGV[4], 'entry', ARGV[1], 'at', now,
        'replay_to', ARGV[5], 'field.id', ARGV[1], 'field.payload', payload)
    redis.call('HSET', KEYS[1], 'state', 'failed', 'reason', ARGV[3], 'updated_at', now)
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
