-- For scripts that may be the first to use a room: creates it with one welcome message.
-- `rooms` is the set of the partition's rooms; `created` is `room_created` as JSON after its seq; `name` is the room's
-- name as JSON string; `record` is what is stored of it, as JSON.
local function create_room(rooms, created, name, squad, record_json, welcome, timestamp, at)
    room = {epoch = EPOCH, seq = 0, trimmed = 0}
    room.epochs = room.epoch .. ':1'
    local json = '{"seq":1,' .. created
    record({name = 'room_created', message = '', user = '', flags = '-', json = json, logged = json, id = '',
        digest = '', answer = '', at = at})
    redis.call('HSET', ROOM, 'epoch', room.epoch, 'epochs', room.epochs, 'trimmed', 0, 'name', name,
        'squad', squad, 'record', record_json, 'created', at)
    redis.call('SADD', rooms, room_id)
    post(welcome, timestamp, at, 'SYSTEM', 'welcome', '')
end
