#!lua
-- Appends one entry of work, unless too much is waiting: work is never trimmed, its writer is refused.
--
-- KEYS[1] stream  the work
-- ARGV[1] integer entries that may wait
-- ARGV[2…] fields and values
-- returns the entry's id, or the error BUSY

local found = redis.call("TYPE", KEYS[1]).ok
if found ~= "none" and found ~= "stream" then
    return redis.error_reply("WRONGTYPE " .. KEYS[1] .. " holds a " .. found)
end
if redis.call("XLEN", KEYS[1]) >= tonumber(ARGV[1]) then
    return redis.error_reply("BUSY " .. KEYS[1] .. " has " .. ARGV[1] .. " entries waiting")
end
return redis.call("XADD", KEYS[1], "*", unpack(ARGV, 2))
