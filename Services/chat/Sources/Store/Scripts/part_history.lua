-- For scripts that answer with a page of messages. What Redis has let go is in the archive: the holder reads it
-- and passes what it found, with the highest seq the archive held when it was read (-1: not asked).

-- The first seq that the acting user may read: all with the right to the whole history (`'1'`), else what happened
-- since the user joined, and one page before that. Nil when the user is no member.
local function readable_from(members, has_history)
    if has_history == '1' then return 0 end
    local member = redis.call('HGET', members, actor)
    if not member then return nil end
    return math.max(0, tonumber((member_parts(member)) or '0') - 50)
end

-- Whether a page of seqs from `floor` and below `before` needs the archive, and needs it read again.
local function needs_archive(before, limit, through, floor)
    if room.trimmed == 0 or through >= room.trimmed or floor > room.trimmed then return false end
    local above = redis.call('ZCOUNT', INDEX, '(' .. room.trimmed, '(' .. before)
    return above <= limit
end

-- The newest `limit` messages from seq `floor` and below `before`, oldest first, as a JSON array; and whether there
-- are older ones. `first` is the position in ARGV of the archive's rows: seq, id and JSON of each.
-- `reacted` is the hash of the reactions.
local function page(before, limit, first, floor, reacted)
    local found, texts = {}, {}
    local held = redis.call('ZREVRANGEBYSCORE', INDEX, '(' .. before, floor, 'WITHSCORES', 'LIMIT', 0, limit + 1)
    local ids = {}
    for position = 1, #held, 2 do ids[#ids + 1] = held[position] end
    if #ids > 0 then
        local bodies = redis.call('HMGET', MESSAGES, unpack(ids))
        local reactions = redis.call('HMGET', reacted, unpack(ids))
        for position, body in ipairs(bodies) do
            if body then
                local seq = tonumber(held[position * 2])
                found[#found + 1] = seq
                texts[seq] = reactions[position] and with_reactions(body, reactions[position]) or body
            end
        end
    end
    for position = first, #ARGV - 2, 3 do
        local seq, _, json = unpack(ARGV, position, position + 2)
        seq = tonumber(seq)
        if seq >= floor and not texts[seq] then  -- what Redis holds is at least as new
            found[#found + 1] = seq
            texts[seq] = json
        end
    end
    table.sort(found, function(left, right) return left > right end)
    local chosen = {}
    for position = math.min(limit, #found), 1, -1 do chosen[#chosen + 1] = texts[found[position]] end
    return '[' .. table.concat(chosen, ',') .. ']', #found > limit
end

local function history_pair(messages, more)
    return 'room_history ' .. room_id .. ' ' .. room.epoch .. ' ' .. room.seq .. ' - -\n{"room_id":"' .. room_id
        .. '","epoch":"' .. room.epoch .. '","seq":' .. room.seq .. ',"messages":' .. messages .. ',"has_more":'
        .. tostring(more) .. '}'
end
