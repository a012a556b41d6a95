-- A socket joins a room: the room itself at its first use, the member, the presence; then the newest page.
-- ARGV[23]… rows of the archive: seq, id, JSON of each
local refusal = refused(KINDS)
if refusal then return refusal end
local limit = tonumber(ARGV[21])
local closed = unopened()
if closed and closed[1] == 'reopen' then return closed end
if not closed and needsArchive('+inf', limit, tonumber(ARGV[22]), 0) then return {'archive'} end
if outboxIsFull() then return busy() end

if closed then createRoom(ROOMS, ARGV[17], ARGV[18], ARGV[14], ARGV[13], ARGV[19]) end
enter()
local messages, more = page('+inf', limit, 23, 0)
local members = membersJSON()
local held = redis.call('HMGET', ROOM, 'name', 'squad')
local answer = '{"room_id":"' .. ROOM_ID .. '","name":' .. held[1] .. ',"squad_id":"' .. held[2] .. '","epoch":"'
    .. room.epoch .. '","seq":' .. room.seq .. ',"permissions":' .. ARGV[20]
    .. ',"members":' .. members .. '}\n'
advance()
publishAll()
reply(room.epoch, room.seq, answer .. historyPair(messages, more))
return {'done'}
