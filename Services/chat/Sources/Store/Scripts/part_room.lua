-- For scripts that act in one room.
-- ROOM hash   LOG stream   LIVE channel   MESSAGES hash: id → JSON, or as it
-- was published, with a header line in front   INDEX sorted set: id → seq
local ROOM, LOG, LIVE, MESSAGES, INDEX = unpack(KEYS, 4, 8)
local room  -- nil while nobody has used it yet
local publications = {}
do
    local stored = redis.call('HMGET', ROOM, 'epoch', 'seq', 'trimmed', 'epochs')
    if stored[1] and stored[1] ~= EPOCH then return {'reopen', room_id} end
    if stored[1] then
        room = {epoch = stored[1], seq = tonumber(stored[2]), trimmed = tonumber(stored[3] or '0'), epochs = stored[4]}
    end
end

-- The JSON of a message that is here, else false.
local function message_json(id)
    local text = redis.call('HGET', MESSAGES, id)
    return text and string.sub(text, (string.find(text, '\n', 1, true) or 0) + 1)
end

local function publish(event, seq, flags, user, json)
    publications[#publications + 1] =
        event .. ' ' .. room_id .. ' ' .. room.epoch .. ' ' .. seq .. ' ' .. flags .. ' ' .. user .. '\n' .. json
end

local function publish_all()
    for _, text in ipairs(publications) do redis.call('SPUBLISH', LIVE, text) end
end

-- One event with a sequence number: the log first, because only its append can still fail.
-- `event` holds name, message (id or ''), user, flags, json, logged (json kept in the log), published (json that says more
-- than what is kept, or nil), id, digest, answer, at, state (the whole message after a change of it, or nil).
local function record(event)
    room.seq = room.seq + 1
    redis.call('XADD', LOG, room.seq .. '-0', 'event', event.name, 'message', event.message, 'user', event.user,
        'flags', event.flags, 'json', event.logged)
    redis.call('HSET', ROOM, 'seq', room.seq)
    redis.call('XADD', EVENTS, '*', 'event', event.name, 'room', room_id, 'epoch', room.epoch, 'seq', room.seq,
        'user', event.user, 'id', event.id, 'digest', event.digest, 'answer', event.answer, 'at', event.at,
        'message', event.message, 'json', event.json, 'flags', event.flags, 'state', event.state or '')
    publish(event.name, room.seq, event.flags, event.user == '' and '-' or event.user,
        event.published or event.json)
end

-- Posts a message. `rest` is its JSON after `"epoch":…,`. Returns the answer for its author.
local function post(rest, timestamp, at, user, id, digest)
    local seq = room.seq + 1
    local message = room_id .. '.' .. room.epoch .. '.' .. seq
    local json = '{"seq":' .. seq .. ',"message_id":"' .. message .. '","epoch":"' .. room.epoch .. '",' .. rest
    local answered = '{"message_id":"' .. message .. '","room_id":"' .. room_id .. '","seq":' .. seq
        .. ',"timestamp":"' .. timestamp .. '"}'
    record({name = 'new_message', message = message, user = user, flags = '-', json = json, logged = '', id = id,
        digest = digest, answer = answered, at = at})
    redis.call('HSET', MESSAGES, message, json)
    redis.call('ZADD', INDEX, seq, message)
    return answered, message
end
