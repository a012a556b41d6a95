#!lua flags=no-writes
-- How far a group of a stream is, at one moment. Counted, because the `lag` and `entries-read` of Redis know nothing of
-- entries that were trimmed before the group was given them.
-- STREAM stream   group: its name   most: entries that are counted one by one
-- Returns nil without stream or group; else the entries behind the last one given (about `most` when they are more), those
-- given and not acknowledged, those ever added, those ever given, Redis' clock in ms. Given is -1 when Redis does not know
-- it, and when not all that are behind were counted: then nobody may reckon from it what was passed over.
local STREAM = unpack(KEYS)
local group, most = unpack(ARGV, 1, 2)
most = tonumber(most)

local function fields(list)
    local found = {}
    for index = 1, #list, 2 do found[list[index]] = list[index + 1] end
    return found
end

local function compare(left, right)
    local left_ms, left_seq = string.match(left, '^(%d+)-(%d+)$')
    local right_ms, right_seq = string.match(right, '^(%d+)-(%d+)$')
    if left_ms == right_ms then return tonumber(left_seq) - tonumber(right_seq) end
    return tonumber(left_ms) - tonumber(right_ms)
end

if redis.call('EXISTS', STREAM) == 0 then return false end
local ours
for _, list in ipairs(redis.call('XINFO', 'GROUPS', STREAM)) do
    local found = fields(list)
    if found.name == group then ours = found end
end
if not ours then return false end
local stream = fields(redis.call('XINFO', 'STREAM', STREAM))
local last, first = ours['last-delivered-id'], stream['first-entry']

local behind, are_all = 0, true
if not first or compare(stream['last-generated-id'], last) <= 0 then
    behind = 0
elseif compare(first[1], last) > 0 then
    behind = stream.length
else
    local found
    repeat
        found = redis.call('XRANGE', STREAM, '(' .. last, '+', 'COUNT', 100)
        behind = behind + #found
        if #found > 0 then last = found[#found][1] end
        are_all = #found < 100
    until are_all or behind >= most
end
local time = redis.call('TIME')
return {
    behind, ours.pending, stream['entries-added'], are_all and ours['entries-read'] or -1,
    time[1] * 1000 + math.floor(time[2] / 1000),
}
