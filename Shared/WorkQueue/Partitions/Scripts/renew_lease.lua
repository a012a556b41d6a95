#!lua
-- Keeps a lease, also one past its time that nobody took.
-- KEYS[1] state hash   ARGV[1] token   ARGV[2] lifetime, ms   ARGV[3] holder: process and number of its connection
-- Answers 1 when it is still ours, else 0.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'until', now + tonumber(ARGV[2]), 'holder', ARGV[3])
return 1
