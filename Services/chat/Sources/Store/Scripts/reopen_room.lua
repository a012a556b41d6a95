-- Opens a room in the partition's present epoch, which begins there after everything known.
-- ROOM hash   archived: the archive's highest seq   only_archived: highest seq that is in the archive only, or ''
-- archived_epochs: those the archive knows, `epoch:start` with spaces between
local ROOM = unpack(KEYS, 2, 2)
local archived, only_archived, archived_epochs = unpack(ARGV, 4, 6)
local held = redis.call('HMGET', ROOM, 'epoch', 'seq', 'epochs', 'trimmed')
if held[1] == EPOCH then return {'done'} end
local seq = math.max(tonumber(held[2] or '0'), tonumber(archived))
-- What either of the two knows, in the order in which the epochs began.
local kept, known, order = {}, {}, {}
for name, start in string.gmatch((held[3] or '') .. ' ' .. archived_epochs, '(%x+):(%d+)') do
    if not known[name] then
        known[name] = tonumber(start)
        kept[#kept + 1] = name
        order[name] = #kept
    end
end
table.sort(kept, function(left, right)
    if known[left] ~= known[right] then return known[left] < known[right] end
    return order[left] < order[right]
end)
for position, name in ipairs(kept) do kept[position] = name .. ':' .. string.format('%d', known[name]) end
kept[#kept + 1] = EPOCH .. ':' .. (seq + 1)
while #kept > 64 do table.remove(kept, 1) end
redis.call('HSET', ROOM, 'epoch', EPOCH, 'seq', seq, 'epochs', table.concat(kept, ' '), 'trimmed',
    only_archived == '' and (held[4] or 0) or only_archived)
return {'done'}
