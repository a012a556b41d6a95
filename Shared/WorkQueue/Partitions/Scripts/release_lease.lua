#!lua flags=allow-oom
-- Gives a lease back, if it is still ours.
-- STATE hash   token: ours
local STATE = unpack(KEYS)
local token = unpack(ARGV, 1, 1)
if redis.call('HGET', STATE, 'token') ~= token then return 0 end
redis.call('HDEL', STATE, 'token', 'until', 'holder')
return 1
