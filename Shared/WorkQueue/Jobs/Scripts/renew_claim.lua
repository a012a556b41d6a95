#!lua
-- Lengthens a claim, only for who holds it.
-- KEYS[1] zset   claims
-- KEYS[2] hash   owners
-- ARGV[1] string  job id
-- ARGV[2] string  token of the owner
-- ARGV[3] integer length of the claim from now, ms
-- Returns 1, or 0 when the claim belongs to somebody else.
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3])), ARGV[1])
return 1
