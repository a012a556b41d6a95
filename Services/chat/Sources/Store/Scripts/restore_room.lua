-- Makes a room known again that Redis lost; it is opened, with its messages, at its first use.
-- ROOM hash   ROOMS set   room_id: its id   name: as JSON string   squad: its squad   created: when, in ms
local ROOM, ROOMS = unpack(KEYS, 2, 3)
local room_id, name, squad, created = unpack(ARGV, 4, 7)
if redis.call('EXISTS', ROOM) == 0 then
    redis.call('HSET', ROOM, 'epoch', '-', 'seq', 0, 'trimmed', 0, 'epochs', '', 'name', name, 'squad', squad, 'created',
        created)
end
redis.call('SADD', ROOMS, room_id)
return {'done'}
