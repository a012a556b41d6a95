-- Makes a membership known again.
-- MEMBERS hash: user → JSON   JOINED set: rooms of the user
-- room_id, user: who, where   member: as JSON, '' for one who is no member any more
local MEMBERS, JOINED = unpack(KEYS, 2, 3)
local room_id, user, member = unpack(ARGV, 4, 6)
if member == '' then
    redis.call('HDEL', MEMBERS, user)
    redis.call('SREM', JOINED, room_id)
else
    redis.call('HSET', MEMBERS, user, member)
    redis.call('SADD', JOINED, room_id)
end
return {'done'}
