#!lua
-- Notes that a gateway lives, and tells which others do.
-- KEYS[1] sorted set  gateways by last heartbeat, Redis' clock in ms
-- ARGV[1] text    this gateway
-- ARGV[2] number  ms after which a silent gateway is dead
-- Returns the live gateways.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 3600000)
return redis.call('ZRANGE', KEYS[1], now - tonumber(ARGV[2]), '+inf', 'BYSCORE')
