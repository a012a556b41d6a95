#!lua flags=allow-oom
-- Says that this process lives, and counts those that do.
-- PROCESSES zset: name -> ms of Redis' clock   name: our own   timeout: ms after which a silent one counts as dead
local PROCESSES = unpack(KEYS)
local name, timeout = unpack(ARGV, 1, 2)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', PROCESSES, now, name)
redis.call('ZREMRANGEBYSCORE', PROCESSES, '-inf', now - 10 * tonumber(timeout))
return redis.call('ZCOUNT', PROCESSES, now - tonumber(timeout), '+inf')
