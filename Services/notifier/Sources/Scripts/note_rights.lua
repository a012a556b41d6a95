#!lua flags=allow-oom
-- Notes the rights that a member has in a room. Also on a full server, for the entry of the outbox that goes with it.
-- RIGHTS hash: room → rights as bits   room, rights: which
local RIGHTS = unpack(KEYS)
local room, rights = unpack(ARGV, 1, 2)
redis.call('HSET', RIGHTS, room, rights)
return 1
