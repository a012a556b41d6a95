#!lua flags=allow-oom
-- Removes consumers that hold nothing and have not been heard of for long. One step, because a consumer that was given
-- an entry in between would lose it.
-- STREAM stream   group: its name   asking: the consumer that asks, which stays   silence: ms
-- Returns how many.
local STREAM = unpack(KEYS)
local group, asking, silence = unpack(ARGV, 1, 3)
local forgotten = 0
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', STREAM, group)) do
    local consumer = {}
    for index = 1, #fields, 2 do consumer[fields[index]] = fields[index + 1] end
    if consumer.pending == 0 and consumer.idle >= tonumber(silence) and consumer.name ~= asking then
        redis.call('XGROUP', 'DELCONSUMER', STREAM, group, consumer.name)
        forgotten = forgotten + 1
    end
end
return forgotten
