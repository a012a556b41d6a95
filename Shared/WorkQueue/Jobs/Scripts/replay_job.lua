#!lua
-- Gives an ended, unsuccessful job a fresh start.
-- KEYS[1] hash   the job
-- KEYS[2] list   ready
-- ARGV[1] string job id
-- Returns 1, or 0 when the job is not known any more or did not fail.
local ready_type = redis.call('TYPE', KEYS[2]).ok
if ready_type ~= 'none' and ready_type ~= 'list' then
    return redis.error_reply('WRONGTYPE the ready list is a ' .. ready_type)
end
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'failed' and state ~= 'unknown' then return 0 end
redis.call('HSET', KEYS[1], 'state', 'planned', 'attempts', 0, 'repeats', 0)
redis.call('LPUSH', KEYS[2], ARGV[1])
return 1
