#!lua flags=no-writes
-- Says who holds a partition, by Redis' own clock.
-- STATE hash
-- Answers the token, the milliseconds that the lease still lasts, and the holder; nothing when nobody holds it.
local STATE = unpack(KEYS)
local token, ends, holder = unpack(redis.call('HMGET', STATE, 'token', 'until', 'holder'))
local time = redis.call('TIME')
local left = tonumber(ends or '0') - (time[1] * 1000 + math.floor(time[2] / 1000))
if not token or left <= 0 then return {} end
return {token, left, holder or ''}
