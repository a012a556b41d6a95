#!lua flags=allow-oom
-- Makes a group unless it is there. One that begins at the end is told how many entries were before its time: otherwise
-- Redis cannot say what it misses until it has been given the newest.
-- STREAM stream, made when it is missing   group: its name   start: 0 or $
-- Returns 1 when it was made.
local STREAM = unpack(KEYS)
local group, start = unpack(ARGV, 1, 2)
local create = {'XGROUP', 'CREATE', STREAM, group, start, 'MKSTREAM'}
if redis.call('EXISTS', STREAM) == 1 then
    local facts, known = redis.call('XINFO', 'STREAM', STREAM), {}
    for index = 1, #facts, 2 do known[facts[index]] = facts[index + 1] end
    for _, fields in ipairs(redis.call('XINFO', 'GROUPS', STREAM)) do
        if fields[2] == group then return 0 end
    end
    if start == '$' then
        create[#create + 1] = 'ENTRIESREAD'
        create[#create + 1] = known['entries-added']
    end
end
redis.call(unpack(create))
return 1
