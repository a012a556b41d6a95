-- For scripts that act in one room.
-- KEYS[4] room hash   KEYS[5] log stream   KEYS[6] live channel   KEYS[7] messages hash   KEYS[8] index sorted set
local ROOM, LOG, LIVE, MESSAGES, INDEX = KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local room
local publications = {}

-- Loads the room; the answer is nil when it is open in the partition's present epoch.
local function unopened()
    local held = redis.call('HMGET', ROOM, 'epoch', 'seq', 'trimmed', 'epochs')
    if not held[1] then return {'unknown_room'} end
    if held[1] ~= EPOCH then return {'reopen', ROOM_ID} end
    room = {epoch = held[1], seq = tonumber(held[2]), trimmed = tonumber(held[3] or '0'), epochs = held[4]}
end

local function publish(event, seq, flags, user, json)
    publications[#publications + 1] =
        event .. ' ' .. ROOM_ID .. ' ' .. room.epoch .. ' ' .. seq .. ' ' .. flags .. ' ' .. user .. '\n' .. json
end

local function publishAll()
    for _, text in ipairs(publications) do redis.call('SPUBLISH', LIVE, text) end
end

-- One event with a sequence number: the log first, because only its append can still fail.
-- `event` holds name, message (id or ''), user, flags, json, logged (json kept in the log), id, digest, answer, at,
-- state (the whole message after a change of it, or nil).
local function record(event)
    room.seq = room.seq + 1
    redis.call('XADD', LOG, room.seq .. '-0', 'event', event.name, 'message', event.message, 'user', event.user,
        'flags', event.flags, 'json', event.logged)
    redis.call('HSET', ROOM, 'seq', room.seq)
    redis.call('XADD', EVENTS, '*', 'event', event.name, 'room', ROOM_ID, 'epoch', room.epoch, 'seq', room.seq,
        'user', event.user, 'id', event.id, 'digest', event.digest, 'answer', event.answer, 'at', event.at,
        'message', event.message, 'json', event.json, 'flags', event.flags, 'state', event.state or '')
    publish(event.name, room.seq, event.flags, event.user == '' and '-' or event.user, event.json)
end

-- Posts a message. `rest` is its JSON after `"epoch":…,`. Returns the answer for its author.
local function post(rest, timestamp, at, user, id, digest)
    local seq = room.seq + 1
    local message = ROOM_ID .. '.' .. room.epoch .. '.' .. seq
    local json = '{"seq":' .. seq .. ',"message_id":"' .. message .. '","epoch":"' .. room.epoch .. '",' .. rest
    local answer = '{"message_id":"' .. message .. '","room_id":"' .. ROOM_ID .. '","seq":' .. seq
        .. ',"timestamp":"' .. timestamp .. '"}'
    record({name = 'new_message', message = message, user = user, flags = '-', json = json, logged = '', id = id,
        digest = digest, answer = answer, at = at})
    redis.call('HSET', MESSAGES, message, json)
    redis.call('ZADD', INDEX, seq, message)
    return answer, message
end

-- A command that was applied before is answered as it was then; the same id with other content is a conflict.
local function repeated(seen, digest)
    local mark = redis.call('GET', seen)
    if not mark then return nil end
    if string.sub(mark, 1, 64) ~= digest then
        return refuse('conflict', 'This id was used before for something else.')
    end
    advance()
    reply(room.epoch, room.seq, string.sub(mark, 66) .. '\n')
    return {'done', 'repeated'}
end

local function remember(seen, digest, answer, seconds)
    redis.call('SET', seen, digest .. '\n' .. answer, 'EX', seconds)
end
