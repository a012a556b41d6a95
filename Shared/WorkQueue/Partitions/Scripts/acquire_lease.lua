#!lua
-- Takes the lease of a partition when nobody has it, or when its holder is known to be gone.
-- KEYS[1] state hash   ARGV[1] token   ARGV[2] lifetime, ms   ARGV[3] holder: process and number of its connection
-- ARGV[4] token whose holder is gone, or empty
-- Answers 1 when it is ours now, else 0.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'token', 'until')
if held[1] and held[1] ~= ARGV[1] and held[1] ~= ARGV[4] and tonumber(held[2] or '0') > now then return 0 end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'until', now + tonumber(ARGV[2]), 'holder', ARGV[3])
return 1
