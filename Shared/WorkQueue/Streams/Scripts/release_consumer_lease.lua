#!lua flags=allow-oom
-- Gives a lease up, unless somebody else holds it by now.
-- LEASE string: the holder's token   token: ours
-- Returns 1 when it was ours.
local LEASE = unpack(KEYS)
local token = unpack(ARGV, 1, 1)
if redis.call('GET', LEASE) ~= token then return 0 end
redis.call('DEL', LEASE)
return 1
