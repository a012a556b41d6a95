-- A socket joins a room: the room itself at its first use, the member, the presence; then the newest page.
-- From the 26th argument on: rows of the archive.
enter()
local messages, more = page('+inf', limit, 26, 0, REACTED)
local members = members_json()
local held = redis.call('HMGET', ROOM, 'name', 'squad')
local text = '{"room_id":"' .. room_id .. '","name":' .. held[1] .. ',"squad_id":"' .. held[2] .. '","epoch":"'
    .. room.epoch .. '","seq":' .. room.seq .. ',"permissions":' .. permissions .. ',"members":' .. members .. '}\n'
advance()
publish_all()
reply(room.epoch, room.seq, text .. history_pair(messages, more))
return {'done'}
