#!lua flags=allow-oom
-- Moves keys out of the way that have another type than the one we give them. What stands in them is kept for an operator.
-- KEYS of each: DAMAGED any type: the key; ASIDE none: where it goes   ARGV of each: the type that it ought to have
-- Returns of each one moved: its name, the type it was found to have.
local function is_damaged(key, wanted)
    local found = redis.call('TYPE', key).ok
    return found ~= 'none' and found ~= wanted, found
end

for number, wanted in ipairs(ARGV) do
    local DAMAGED, ASIDE = unpack(KEYS, 2 * number - 1, 2 * number)
    if is_damaged(DAMAGED, wanted) and redis.call('EXISTS', ASIDE) == 1 then
        return redis.error_reply('ERR ' .. ASIDE .. ' is there already')
    end
end
local moved = {}
for number, wanted in ipairs(ARGV) do
    local DAMAGED, ASIDE = unpack(KEYS, 2 * number - 1, 2 * number)
    local damaged, found = is_damaged(DAMAGED, wanted)
    if damaged then
        redis.call('RENAME', DAMAGED, ASIDE)
        moved[#moved + 1] = DAMAGED
        moved[#moved + 1] = found
    end
end
return moved
