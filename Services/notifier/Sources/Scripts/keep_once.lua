#!lua flags=allow-oom
-- Keeps a text for a while, unless there is one. Also on a full server: who plans lets an entry of the outbox go, which is
-- larger than what is kept of it.
-- TEXT string   text: what to keep   milliseconds: for how long
-- Returns what was there before; nothing when it is kept now.
local TEXT = unpack(KEYS)
local text, milliseconds = unpack(ARGV, 1, 2)
return redis.call('SET', TEXT, text, 'NX', 'GET', 'PX', milliseconds)
