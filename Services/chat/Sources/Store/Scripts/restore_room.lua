-- Makes a room known again that Redis lost; it is opened, with its messages, at its first use.
-- ROOM hash   ROOMS set   room_id: its id   name: as JSON string   squad: its squad   record: as JSON, or ''
-- created: when, in ms
local ROOM, ROOMS = unpack(KEYS, 2, 3)
local room_id, name, squad, record, created = unpack(ARGV, 4, 8)
if redis.call('EXISTS', ROOM) == 0 then
    redis.call('HSET', ROOM, 'epoch', '-', 'seq', 0, 'trimmed', 0, 'epochs', '', 'name', name, 'squad', squad, 'created',
        created)
    if record ~= '' then redis.call('HSET', ROOM, 'record', record) end
end
redis.call('SADD', ROOMS, room_id)
return {'done'}
