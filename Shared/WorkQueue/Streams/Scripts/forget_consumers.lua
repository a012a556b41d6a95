#!lua
-- Removes consumers that hold nothing and have not been heard of for long. One step, because a consumer that was given
-- an entry in between would lose it.
-- KEYS[1] stream
-- ARGV[1] string  group
-- ARGV[2] string  the consumer that asks: it stays
-- ARGV[3] integer milliseconds of silence
-- Returns how many.
local forgotten = 0
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
    local consumer = {}
    for index = 1, #fields, 2 do consumer[fields[index]] = fields[index + 1] end
    if consumer.pending == 0 and consumer.idle >= tonumber(ARGV[3]) and consumer.name ~= ARGV[2] then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
        forgotten = forgotten + 1
    end
end
return forgotten
