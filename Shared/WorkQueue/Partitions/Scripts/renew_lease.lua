#!lua flags=allow-oom
-- Keeps a lease, also one past its time that nobody took.
-- STATE hash   token: ours   lifetime: ms   holder: process and number of its connection
-- Answers 1 when it is still ours, else 0.
local STATE = unpack(KEYS)
local token, lifetime, holder = unpack(ARGV, 1, 3)
if redis.call('HGET', STATE, 'token') ~= token then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', STATE, 'until', now + tonumber(lifetime), 'holder', holder)
return 1
