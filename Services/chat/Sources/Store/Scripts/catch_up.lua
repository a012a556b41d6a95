-- Answers a gateway that may have missed something in several rooms of this partition.
-- KEYS[4]… three of each room: room hash, log stream, messages hash
-- ARGV[11] most events   ARGV[12] most bytes   ARGV[13]… three of each room: room id, epoch, seq
local kinds = {'hash', 'stream', 'stream'}
for position = 4, #KEYS, 3 do
    kinds[position], kinds[position + 1], kinds[position + 2] = 'hash', 'stream', 'hash'
end
local refusal = refused(kinds)
if refusal then return refusal end
local count, bytes, lines = tonumber(ARGV[11]), tonumber(ARGV[12]), {'{}\n'}
local states = {}
for position = 4, #KEYS, 3 do
    local held = redis.call('HMGET', KEYS[position], 'epoch', 'seq', 'epochs')
    local name = ARGV[13 + position - 4]
    if held[1] and held[1] ~= EPOCH then return {'reopen', name} end
    states[position] = held[1] and {epoch = held[1], seq = tonumber(held[2]), epochs = held[3]}
end
for position = 4, #KEYS, 3 do
    local argument = 13 + position - 4
    local name, epoch, seq = ARGV[argument], ARGV[argument + 1], tonumber(ARGV[argument + 2])
    local state = states[position]
    if not state then
        lines[#lines + 1] = 'room_state ' .. name .. ' - - L -\n{}\n'
    else
        local events, last, sent = missed(name, state, KEYS[position + 1], KEYS[position + 2], epoch, seq, count, bytes, true)
        if events then
            count, bytes = count - sent, bytes - #events
        end
        if not events then
            lines[#lines + 1] = 'room_state ' .. name .. ' ' .. state.epoch .. ' ' .. state.seq .. ' L -\n{}\n'
        else
            local verdict = last < state.seq and 'M' or 'R'
            lines[#lines + 1] = 'room_state ' .. name .. ' ' .. state.epoch .. ' ' .. last .. ' ' .. verdict .. ' -\n{}\n'
                .. events
        end
    end
end
advance()
if REPLY ~= '' then redis.call('PUBLISH', REPLY, RE .. ' ok - - - 0\n' .. table.concat(lines)) end
return {'done'}
