#!lua flags=allow-oom
-- Takes a lease that nobody holds, or renews one's own.
-- LEASE string: the holder's token   token: ours   lifetime: ms until it ends by itself
-- Returns 1 when it is ours now, 0 when somebody else holds it.
local LEASE = unpack(KEYS)
local token, lifetime = unpack(ARGV, 1, 2)
local holder = redis.call('GET', LEASE)
if holder and holder ~= token then return 0 end
redis.call('SET', LEASE, token, 'PX', lifetime)
return 1
