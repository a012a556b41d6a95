-- Opens a room in the partition's present epoch, which begins there after everything known.
-- ROOM hash   archived: the archive's highest seq   only_archived: highest seq that is in the archive only, or ''
-- archived_epochs: those the archive knows, `epoch:start` with spaces between
local ROOM = unpack(KEYS, 2, 2)
local archived, only_archived, archived_epochs = unpack(ARGV, 4, 6)
local held = redis.call('HMGET', ROOM, 'epoch', 'seq', 'epochs', 'trimmed')
if held[1] == EPOCH then return {'done'} end
local seq = math.max(tonumber(held[2] or '0'), tonumber(archived))
local epochs = held[3] or ''
if epochs == '' then epochs = archived_epochs end
local kept = {}
for item in string.gmatch(epochs, '%S+') do kept[#kept + 1] = item end
kept[#kept + 1] = EPOCH .. ':' .. (seq + 1)
while #kept > 64 do table.remove(kept, 1) end
redis.call('HSET', ROOM, 'epoch', EPOCH, 'seq', seq, 'epochs', table.concat(kept, ' '), 'trimmed',
    only_archived == '' and (held[4] or 0) or only_archived)
return {'done'}
