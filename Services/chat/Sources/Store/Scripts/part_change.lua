-- For scripts that change one message: it is in Redis, or the archive has it.
-- CHANGED sorted set: message → seq of its last change   REACTED hash: message → its reactions as the two fields
-- REACTIONS hash: those of this message, `<emoji> <user>` → '1', and '0' for one taken back where `archived` stands: then
-- the archive knows of those that are not here
-- message: its id   placed: its seq
-- archived: '1' when the archive holds it, whose json and reactions follow; '0' when it does not, '' when it was not asked
-- archived_through: the archive's highest seq when it was asked before this command's turn, else ''
local CHANGED, REACTED, REACTIONS = unpack(KEYS, 10, 12)
local message, placed, archived, archived_json, archived_reactions, archived_through =
    unpack(ARGV, 16, 21)
if not room then return refuse('unknown_room', 'There is no such room.') end

-- Whether Redis may have let go of a later change since the archive was asked: whatever was let go is below the log.
local function is_outdated()
    local oldest = archived_through ~= '' and redis.call('XRANGE', LOG, '-', '+', 'COUNT', 1)[1]
    return oldest and tonumber(archived_through) < tonumber(string.match(oldest[1], '^%d+')) - 1
end

local is_here = redis.call('HEXISTS', MESSAGES, message) == 1
local reactions_now
if is_here then
    reactions_now = redis.call('HGET', REACTED, message)  -- false while nobody has reacted under this release
else
    if (archived == '' or is_outdated()) and room.trimmed > 0 then return {'archive'} end
    if archived ~= '1' then return refuse('message_not_found', 'There is no such message in this room.') end
    reactions_now = archived_reactions ~= '' and archived_reactions
end

-- What is left to do after the event is recorded. `json`: another for the message, or nil.
local function keep(json)
    if not is_here then
        json = json or archived_json
        redis.call('UNLINK', REACTIONS)
        if reactions_now then
            redis.call('HSET', REACTED, message, reactions_now)
            redis.call('HSET', REACTIONS, 'archived', '1')
        end
    end
    if json then redis.call('HSET', MESSAGES, message, json) end
    redis.call('ZADD', INDEX, placed, message)
    redis.call('ZADD', CHANGED, room.seq, message)
end
