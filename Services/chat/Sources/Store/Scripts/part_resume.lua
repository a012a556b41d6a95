-- For scripts that answer with what somebody missed.

-- Whether (epoch, seq) is a point of this room's one history: in the present epoch, or in an older one before its
-- successor began. Anything else saw events that no longer exist.
local function is_known_point(state, epoch, seq)
    if epoch == state.epoch then return seq <= state.seq end
    local matched = false
    for name, start in string.gmatch(state.epochs or '', '(%x+):(%d+)') do
        if matched then return seq < tonumber(start) end
        matched = name == epoch
    end
    return false
end

-- An event of the log as it is to be told; nil when Redis has let go of its message. A message is told as it is now, and a
-- reaction, of which the log keeps who and what, with all that are on the message now.
local function present(event, message, json, messages, reacted)
    local is_message, is_reaction = json == '', string.sub(event, 1, 9) == 'reaction_'
    if is_message then json = redis.call('HGET', messages, message) end
    if not json or not (is_message or is_reaction) then return json end
    local reactions = redis.call('HGET', reacted, message)
    if reactions then return with_reactions(json, reactions) end
    return (is_message or reactions_in(json)) and json or nil
end

-- The events after (epoch, seq) as header and JSON lines in order, and the last seq among them; nil when they are
-- not all there. At most `count` events and `bytes` bytes; `cut` allows a shorter answer instead of none. The third
-- result is the number of events.
local function missed(name, state, log, messages, reacted, epoch, seq, count, bytes, cut)
    if not is_known_point(state, epoch, seq) then return nil end
    local due = state.seq - seq
    if due == 0 then return '', seq, 0 end
    if due > count and not cut then return nil end
    if count <= 0 then return '', seq, 0 end
    local entries = redis.call('XRANGE', log, '(' .. seq .. '-0', '+', 'COUNT', math.min(due, count))
    if #entries ~= math.min(due, count) then return nil end
    local lines, total, last = {}, 0, seq
    for _, entry in ipairs(entries) do
        -- event, message, user, flags, json: each name before its value. A new message has no flags, and its JSON is
        -- in MESSAGES.
        local field = entry[2]
        local json = present(field[2], field[4], field[10] or '', messages, reacted)
        if not json then return nil end
        total = total + #json + 64
        if total > bytes then
            if cut then break end
            return nil
        end
        last = tonumber(string.match(entry[1], '^%d+'))
        lines[#lines + 1] = field[2] .. ' ' .. name .. ' ' .. state.epoch .. ' ' .. last .. ' ' .. (field[8] or '-') .. ' '
            .. (field[6] == '' and '-' or field[6]) .. '\n' .. json
    end
    return table.concat(lines, '\n'), last, #lines
end
