#!lua
-- Gives a lease up, unless somebody else holds it by now.
--
-- KEYS[1] string  the holder's token
-- ARGV[1] string  the caller's token
-- returns 1 when it was the caller's

if redis.call("GET", KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call("DEL", KEYS[1])
return 1
