-- Opens a room in the partition's present epoch, which begins there after everything known.
-- KEYS[2] room hash   ARGV[3] the archive's highest seq   ARGV[4] highest seq that is in the archive only, or ''
-- ARGV[5] the epochs the archive knows, `epoch:start` with spaces between
local refusal = refused({'hash', 'hash'})
if refusal then return refusal end
local held = redis.call('HMGET', KEYS[2], 'epoch', 'seq', 'epochs', 'trimmed')
if held[1] == EPOCH then return {'done'} end
local seq = math.max(tonumber(held[2] or '0'), tonumber(ARGV[3]))
local epochs = held[3] or ''
if epochs == '' then epochs = ARGV[5] end
local kept = {}
for item in string.gmatch(epochs, '%S+') do kept[#kept + 1] = item end
kept[#kept + 1] = EPOCH .. ':' .. (seq + 1)
while #kept > 64 do table.remove(kept, 1) end
redis.call('HSET', KEYS[2], 'epoch', EPOCH, 'seq', seq, 'epochs', table.concat(kept, ' '), 'trimmed',
    ARGV[4] == '' and (held[4] or 0) or ARGV[4])
return {'done'}
