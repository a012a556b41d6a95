#!lua flags=allow-oom
-- Counts one message of a user against the limit, or one reaction against theirs. A member is a command's id, so a repeat costs nothing.
-- RECENT sorted set: messages of the user by Redis' clock in ms
-- allowed number: messages in one window   window number: its ms   id text: the command's
-- Returns 0 when the message may go, else the ms after which the next may.
local RECENT = unpack(KEYS)
local allowed, window, id = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', RECENT, '-inf', now - window)
if redis.call('ZSCORE', RECENT, id) then return 0 end
if redis.call('ZCARD', RECENT) >= tonumber(allowed) then
  local oldest = redis.call('ZRANGE', RECENT, 0, 0, 'WITHSCORES')
  return math.max(1, oldest[2] + window - now)
end
redis.call('ZADD', RECENT, now, id)
redis.call('PEXPIRE', RECENT, window)
return 0
