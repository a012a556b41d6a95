-- For scripts that change one message: it is in Redis, or the archive has it.
-- CHANGED sorted set: message → seq of its last change
-- message: its id   placed: its seq
-- archived: '1' when the archive holds it, whose json follows; '0' when it does not, '' when it was not asked
local CHANGED = unpack(KEYS, 10, 10)
local message, placed, archived, archived_json = unpack(ARGV, 16, 19)
if not room then return refuse('unknown_room', 'There is no such room.') end
local json = redis.call('HGET', MESSAGES, message)
if not json then
    if archived == '' and room.trimmed > 0 then return {'archive'} end
    if archived ~= '1' then return refuse('message_not_found', 'There is no such message in this room.') end
    json = archived_json
end

-- What is left to do after the event is recorded.
local function keep(changed)
    redis.call('HSET', MESSAGES, message, changed)
    redis.call('ZADD', INDEX, placed, message)
    redis.call('ZADD', CHANGED, room.seq, message)
end
