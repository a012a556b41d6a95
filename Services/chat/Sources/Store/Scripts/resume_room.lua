-- A socket joins a room again and learns what it missed.
-- epoch, seq: what it has seen   most_events, most_bytes: of what it missed
-- has_history: '1': all of it; '0': what happened since the member joined, and one page before that
-- From the 31st argument on: rows of the archive.
local epoch, seq, most_events, most_bytes, has_history = unpack(ARGV, 26, 30)
seq = tonumber(seq)
local seq_before = room.seq
enter()
local events = missed(room_id, room, LOG, MESSAGES, REACTED, epoch, seq, tonumber(most_events), tonumber(most_bytes), false)
if seq > seq_before or seq < readable_from(MEMBERS, has_history) then events = nil end
local text = '{"room_id":"' .. room_id .. '","epoch":"' .. room.epoch .. '","seq":' .. room.seq .. ',"recovered":'
    .. tostring(events ~= nil) .. '}'
advance()
publish_all()
if not events then events = history_pair(page('+inf', limit, 31, 0, REACTED)) end
if events ~= '' then text = text .. '\n' .. events end
reply(room.epoch, room.seq, text)
return {'done'}
