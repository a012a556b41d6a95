-- A socket joins a room again and learns what it missed.
-- ARGV[23] epoch   ARGV[24] seq   ARGV[25] most events   ARGV[26] most bytes
-- ARGV[27] '1': all of it; '0': what happened since the member joined, and one page before that
-- ARGV[28]… rows of the archive
local refusal = refused(KINDS)
if refusal then return refusal end
local limit = tonumber(ARGV[21])
local closed = unopened()
if closed and closed[1] == 'reopen' then return closed end
if not closed and needsArchive('+inf', limit, tonumber(ARGV[22]), 0) then return {'archive'} end
if outboxIsFull() then return busy() end

if closed then createRoom(ROOMS, ARGV[17], ARGV[18], ARGV[14], ARGV[13], ARGV[19]) end
local seqBefore = room.seq
enter()
local events = missed(ROOM_ID, room, LOG, MESSAGES, ARGV[23], tonumber(ARGV[24]), tonumber(ARGV[25]),
    tonumber(ARGV[26]), false)
if tonumber(ARGV[24]) > seqBefore or tonumber(ARGV[24]) < readableFrom(MEMBERS, ARGV[27]) then events = nil end
local answer = '{"room_id":"' .. ROOM_ID .. '","epoch":"' .. room.epoch .. '","seq":' .. room.seq .. ',"recovered":'
    .. tostring(events ~= nil) .. '}\n'
advance()
publishAll()
if not events then events = historyPair(page('+inf', limit, 28, 0)) end
reply(room.epoch, room.seq, answer .. events)
return {'done'}
