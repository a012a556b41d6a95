#!lua
-- Gives a lease back, if it is still ours. KEYS[1] state hash   ARGV[1] token
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'token', 'until', 'holder')
return 1
