-- Answers one page of a room's messages.
-- MEMBERS hash   REACTED hash: message → its reactions
-- before: a seq or '+inf'   limit: messages per page   through: the archive's highest seq, -1 when it was not asked
-- has_history: '1': all of it; '0': what happened since the member joined, and one page before that
-- From the 16th argument on: rows of the archive.
local MEMBERS, REACTED = unpack(KEYS, 9, 10)
local before, limit, through, has_history = unpack(ARGV, 12, 15)
if not room then return refuse('unknown_room', 'There is no such room.') end
limit = tonumber(limit)
local floor = readable_from(MEMBERS, has_history)
if not floor then return refuse('not_joined', 'Join the room first.') end
if needs_archive(before, limit, tonumber(through), floor) then return {'archive'} end
local messages, more = page(before, limit, 16, floor, REACTED)
advance()
reply(room.epoch, room.seq, '{"room_id":"' .. room_id .. '","messages":' .. messages .. ',"has_more":'
    .. tostring(more) .. '}')
return {'done'}
