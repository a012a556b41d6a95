#!lua flags=allow-oom
-- Takes the lease of a partition when nobody has it, or when its holder is known to be gone.
-- STATE hash   token: of the new lease   lifetime: ms   holder: process and number of its connection
-- gone: the token whose holder is gone, or empty
-- Answers 1 when it is ours now, else 0.
local STATE = unpack(KEYS)
local token, lifetime, holder, gone = unpack(ARGV, 1, 4)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local present, ends = unpack(redis.call('HMGET', STATE, 'token', 'until'))
if present and present ~= token and present ~= gone and tonumber(ends or '0') > now then return 0 end
redis.call('HSET', STATE, 'token', token, 'until', now + tonumber(lifetime), 'holder', holder)
return 1
