-- For scripts that may be the first to use a room: creates it with one welcome message.
-- `rooms` is the set of the partition's rooms; `name` is the room's name as a JSON string with its quotes.
local function create_room(rooms, name, squad, timestamp, at, welcome)
    room = {epoch = EPOCH, seq = 0, trimmed = 0}
    room.epochs = room.epoch .. ':1'
    local json = '{"seq":1,"room_id":"' .. room_id .. '","name":' .. name .. ',"squad_id":"' .. squad
        .. '","timestamp":"' .. timestamp .. '"}'
    record({name = 'room_created', message = '', user = '', flags = '-', json = json, logged = json, id = '',
        digest = '', answer = '', at = at})
    redis.call('HSET', ROOM, 'epoch', room.epoch, 'epochs', room.epochs, 'trimmed', 0, 'name', name,
        'squad', squad, 'created', at)
    redis.call('SADD', rooms, room_id)
    post(welcome, timestamp, at, 'SYSTEM', 'welcome', '')
end
