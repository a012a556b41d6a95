#!lua flags=allow-oom
-- Notes that a gateway lives, and tells which others do.
-- GATEWAYS sorted set: by last heartbeat, Redis' clock in ms
-- gateway text: this one   dead_after number: ms after which a silent gateway is dead
-- Returns the live gateways.
local GATEWAYS = unpack(KEYS)
local gateway, dead_after = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', GATEWAYS, now, gateway)
redis.call('ZREMRANGEBYSCORE', GATEWAYS, '-inf', now - 3600000)
return redis.call('ZRANGE', GATEWAYS, now - dead_after, '+inf', 'BYSCORE')
