#!lua
-- Takes a lease that nobody holds, or renews one's own.
--
-- KEYS[1] string  the holder's token
-- ARGV[1] string  the caller's token
-- ARGV[2] integer milliseconds until the lease ends by itself
-- returns 1 when the caller holds it now, 0 when somebody else does

local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then
    return 0
end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1
