-- For what the suite itself posts, in a room that is made if need be.
-- ROOMS set: rooms of the partition
-- timestamp: now, RFC 3339   created, name, squad, record_json, welcome: of the room (part_creation.lua)
-- line: the message after its epoch
local ROOMS = unpack(KEYS, 10, 10)
local timestamp, created, name, squad, record_json, welcome, line = unpack(ARGV, 16, 22)
if outbox_is_full() then return busy() end

local function post_line()
    if not room then create_room(ROOMS, created, name, squad, record_json, welcome, timestamp, now_ms) end
    return post(line, timestamp, now_ms, 'SYSTEM', command_id, digest)
end
