-- Answers one page of a room's messages.
-- KEYS[9] members hash
-- ARGV[11] before: a seq or '+inf'   ARGV[12] messages per page   ARGV[13] the archive's highest seq or -1
-- ARGV[14] '1': all of it; '0': what happened since the member joined, and one page before that
-- ARGV[15]… rows of the archive: seq, id, JSON of each
local refusal = refused({'hash', 'stream', 'stream', 'hash', 'stream', 'channel', 'hash', 'zset', 'hash'})
if refusal then return refusal end
local closed = unopened()
if closed then
    if closed[1] == 'reopen' then return closed end
    return refuse('unknown_room', 'There is no such room.')
end
local limit, floor = tonumber(ARGV[12]), readableFrom(KEYS[9], ARGV[14])
if not floor then return refuse('not_joined', 'Join the room first.') end
if needsArchive(ARGV[11], limit, tonumber(ARGV[13]), floor) then return {'archive'} end
local messages, more = page(ARGV[11], limit, 15, floor)
advance()
reply(room.epoch, room.seq, '{"room_id":"' .. ROOM_ID .. '","messages":' .. messages .. ',"has_more":'
    .. tostring(more) .. '}\n')
return {'done'}
