#!lua
-- Counts one message of a user against the limit. A member is a command's id, so a repeat costs nothing.
-- KEYS[1] sorted set  recent messages of the user, by Redis' clock in ms
-- ARGV[1] number  messages allowed in one window
-- ARGV[2] number  the window in ms
-- ARGV[3] text    the command's id
-- Returns 0 when the message may go, else the ms after which the next may.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZSCORE', KEYS[1], ARGV[3]) then return 0 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return math.max(1, oldest[2] + window - now)
end
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], window)
return 0
