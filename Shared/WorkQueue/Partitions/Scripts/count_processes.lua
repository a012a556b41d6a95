#!lua
-- Says that this process lives, and counts those that do. KEYS[1] processes zset: name → ms of Redis' clock
-- ARGV[1] own name   ARGV[2] ms after which a silent one counts as dead
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 10 * tonumber(ARGV[2]))
return redis.call('ZCOUNT', KEYS[1], now - tonumber(ARGV[2]), '+inf')
