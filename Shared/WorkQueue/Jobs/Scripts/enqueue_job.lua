#!lua
-- Adds a job unless one of its name is known: the name makes a repeat harmless for the job's whole lifetime.
-- KEYS[1] hash    the job
-- KEYS[2] list    ready: job ids, taken from the right
-- ARGV[1] string  job id
-- ARGV[2] bytes   payload
-- ARGV[3] integer lifetime of the job's state, seconds
-- ARGV[4] integer most ids that may wait in KEYS[2]
-- Returns 1 added, 0 known already, -1 no room.
local ready_type = redis.call('TYPE', KEYS[2]).ok
if ready_type ~= 'none' and ready_type ~= 'list' then
    return redis.error_reply('WRONGTYPE the ready list is a ' .. ready_type)
end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[4]) then return -1 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'state', 'planned', 'payload', ARGV[2], 'attempts', 0, 'repeats', 0,
    'reason', '', 'created_at', string.format('%.0f', now), 'updated_at', string.format('%.0f', now))
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('LPUSH', KEYS[2], ARGV[1])
return 1
