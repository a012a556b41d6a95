-- Answers a gateway that may have missed something in several rooms of this partition.
-- From the fourth key on, four of each room: ROOM hash, LOG stream, MESSAGES hash, REACTED hash: message → its reactions
-- most_events, most_bytes: of the answer   From the 14th argument on, three of each room: its id, epoch and seq that were seen
local most_events, most_bytes = unpack(ARGV, 12, 13)
local count, bytes, lines = tonumber(most_events), tonumber(most_bytes), {'{}'}
local states = {}
for position = 4, #KEYS, 4 do
    local hash = unpack(KEYS, position, position)
    local held = redis.call('HMGET', hash, 'epoch', 'seq', 'epochs')
    local given = 14 + (position - 4) / 4 * 3
    local name = unpack(ARGV, given, given)
    if held[1] and held[1] ~= EPOCH then return {'reopen', name} end
    states[position] = held[1] and {epoch = held[1], seq = tonumber(held[2]), epochs = held[3]}
end
for position = 4, #KEYS, 4 do
    local _, log, messages, reacted = unpack(KEYS, position, position + 3)
    local given = 14 + (position - 4) / 4 * 3
    local name, epoch, seq = unpack(ARGV, given, given + 2)
    local state = states[position]
    if not state then
        lines[#lines + 1] = 'room_state ' .. name .. ' - - L -\n{}'
    else
        local events, last, sent = missed(name, state, log, messages, reacted, epoch, tonumber(seq), count, bytes, true)
        if events then
            count, bytes = count - sent, bytes - #events
            local verdict = last < state.seq and 'M' or 'R'
            lines[#lines + 1] = 'room_state ' .. name .. ' ' .. state.epoch .. ' ' .. last .. ' ' .. verdict .. ' -\n{}'
            if events ~= '' then lines[#lines + 1] = events end
        else
            lines[#lines + 1] = 'room_state ' .. name .. ' ' .. state.epoch .. ' ' .. state.seq .. ' L -\n{}'
        end
    end
end
advance()
answer('ok - - - 0', table.concat(lines, '\n'))
return {'done'}
