-- For what the suite itself posts, in a room that is made if need be.
-- ROOMS set: rooms of the partition
-- timestamp: now, RFC 3339   name: of the room, as JSON string   squad: its squad   welcome: its first message after the epoch
-- line: the message after its epoch
local ROOMS = unpack(KEYS, 10, 10)
local timestamp, name, squad, welcome, line = unpack(ARGV, 16, 20)
if outbox_is_full() then return busy() end

local function post_line()
    if not room then create_room(ROOMS, name, squad, timestamp, now_ms, welcome) end
    return post(line, timestamp, now_ms, 'SYSTEM', command_id, digest)
end
