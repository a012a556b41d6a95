-- Posts messages of persons, in order, each as if it were alone. What all of them share is written once: the numbers of
-- the rooms, the cursor. Stops before a message that needs more than a script has, and answers how many came before it.
-- COMMANDS stream: holds the entries   EVENTS stream: the outbox
-- cursor: where it must be   bound: most entries the outbox may hold   now_ms, timestamp: the time, in ms and RFC 3339
-- seconds: how long answers are kept   rooms_given, channels_given: how many there are
-- is_alone: '1' when no entry before these is left in the stream to be answered yet
-- Then the channels where answers go; then of each room its id, and ROOM hash, LOG stream, LIVE channel, MESSAGES hash,
-- INDEX sorted set: id → seq
-- Then of each message, and SEEN string: what the command answered
--   entry: its id   place, way: of its room and of its channel among those given; 0 when nobody waits for an answer
--   correlation: the asker's token   rights: of the asker, as bits   actor: who   command: digest of the content, a
--   space, and the author's id   line: the message after its epoch   reply_to: the message replied to, or ''
--   archived: '1' when the archive holds that message, '0' when it does not, '' when it was not asked
local COMMANDS, EVENTS = unpack(KEYS, 2, 3)
local cursor, bound, now_ms, timestamp, seconds, rooms_given, channels_given, is_alone = unpack(ARGV, 4, 11)
local call, pcall = redis.call, redis.pcall
if lease[4] ~= cursor then return {'fenced', 'cursor'} end
local waiting = pcall('XLEN', EVENTS)
if type(waiting) ~= 'number' then return mistyped(EVENTS) end
bound = tonumber(bound)

-- Answers for one gateway go out as one text, with an empty line between them.
local channels = {}
for number = 1, channels_given do channels[number] = {name = unpack(ARGV, 11 + number, 11 + number), answers = {}} end

local rooms = {}
for number = 1, rooms_given do
    local ROOM, LOG, LIVE, MESSAGES, INDEX = unpack(KEYS, 5 * number - 1, 5 * number + 3)
    local id = unpack(ARGV, 11 + channels_given + number, 11 + channels_given + number)
    local room = {id = id, ROOM = ROOM, LOG = LOG, LIVE = LIVE, MESSAGES = MESSAGES, INDEX = INDEX, bodies = {},
        numbers = {}, events = {}}
    local stored = pcall('HMGET', ROOM, 'epoch', 'seq', 'trimmed')
    if stored.err then
        room.obstacle = mistyped(ROOM)
    elseif stored[1] and stored[1] ~= EPOCH then
        room.obstacle = {'reopen', id}
    else
        room.obstacle = other_type(MESSAGES, 'hash') or other_type(INDEX, 'zset')
        room.is_known, room.seq, room.trimmed = stored[1], tonumber(stored[2]), tonumber(stored[3] or '0')
        -- Found here, because behind the first message of another room nothing may fail any more.
        if room.is_known and not (room.seq and room.trimmed) then
            room.obstacle = {'discard', 'the hash of room ' .. id .. ' is damaged'}
        end
    end
    rooms[number] = room
end

-- Why the message cannot be posted; nil when it can. The archive's word is asked for by the code `archive`.
local function problem(room, reply_to, archived)
    if not room.is_known then return 'unknown_room', 'There is no such room.' end
    if reply_to ~= '' and archived ~= '1' and not room.bodies[reply_to]
        and call('HEXISTS', room.MESSAGES, reply_to) == 0 then
        if room.trimmed > 0 and archived == '' then return 'archive' end
        return 'message_not_found', 'The message you reply to does not exist.'
    end
    if waiting >= bound then return 'busy', 'The squad is very busy. Try again in a moment.' end
end

local count, last, obstacle, entries = 0, nil, nil, {}
local next_seen, head, tail = 5 * rooms_given + 3, '","epoch":"' .. EPOCH .. '",', ',"timestamp":"' .. timestamp .. '"}'
for position = 12 + rooms_given + channels_given, #ARGV, 10 do
    local entry, place, way, correlation, rights, actor, command, line, reply_to, archived =
        unpack(ARGV, position, position + 9)
    local room, channel = rooms[tonumber(place)], channels[tonumber(way)]
    next_seen = next_seen + 1
    local SEEN = unpack(KEYS, next_seen, next_seen)
    obstacle = room.obstacle
    if obstacle then break end
    local code, words = problem(room, reply_to, archived)
    local digest = string.sub(command, 1, 64)
    local seq, message, answer, seen
    if code then
        seen = room.is_known and pcall('GET', SEEN)
    else
        seq = string.format('%.0f', room.seq + 1)
        message = room.id .. '.' .. EPOCH .. '.' .. seq
        answer = '{"message_id":"' .. message .. '","room_id":"' .. room.id .. '","seq":' .. seq .. tail
        seen = pcall('SET', SEEN, digest .. '\n' .. answer, 'NX', 'GET', 'EX', seconds)
    end
    if type(seen) == 'table' and seen.err then
        obstacle = mistyped(SEEN)
        break
    end
    if seen then
        code, words, answer, seq = nil, nil, string.sub(seen, 66), string.format('%.0f', room.seq)
        if string.sub(seen, 1, 64) ~= digest then
            code, words = 'conflict', 'This id was used before for something else.'
        end
    elseif code == 'archive' then
        obstacle = {'archive'}
        break
    elseif not code then
        -- The log before everything that stays, because only its append can still fail.
        local logged = pcall('XADD', room.LOG, seq .. '-0', 'event', 'new_message', 'message', message, 'user', actor)
        if type(logged) == 'table' then
            call('DEL', SEEN)
            local actual = call('TYPE', room.LOG).ok
            obstacle = actual == 'stream' and logged or {'mistyped', room.LOG, actual}
            break
        end
        local json = '{"seq":' .. seq .. ',"message_id":"' .. message .. head .. line
        local event = 'new_message ' .. room.id .. ' ' .. EPOCH .. ' ' .. seq .. ' - ' .. actor .. '\n' .. json
        call('XADD', EVENTS, '*', 'publication', event, 'command', now_ms .. ' ' .. command)
        waiting, room.seq = waiting + 1, room.seq + 1
        local bodies, numbers, size = room.bodies, room.numbers, #room.bodies
        bodies[size + 1], bodies[size + 2], bodies[message] = message, json, true
        numbers[size + 1], numbers[size + 2] = seq, message
        room.events[#room.events + 1] = event
    end
    count, last = count + 1, entry
    entries[count] = entry
    if channel then
        channel.answers[#channel.answers + 1] = code
            and correlation .. ' error - - - 0\n{"code":"' .. code .. '","message":"' .. words .. '"}\n'
            or correlation .. ' ok ' .. room.id .. ' ' .. EPOCH .. ' ' .. seq .. ' ' .. rights .. '\n' .. answer .. '\n'
    end
end
if count == 0 then return obstacle end

for _, room in ipairs(rooms) do
    if #room.bodies > 0 then
        call('HSET', room.ROOM, 'seq', string.format('%.0f', room.seq))
        call('HSET', room.MESSAGES, unpack(room.bodies))
        call('ZADD', room.INDEX, unpack(room.numbers))
    end
end
call('HSET', STATE, 'cursor', last)
if is_alone == '1' then
    -- All up to the cursor, because whole parts of a stream go at once, where XDEL looks for each entry.
    local time, number = string.match(last, '^(%d+)-(%d+)$')
    call('XTRIM', COMMANDS, 'MINID', time .. string.format('-%.0f', number + 1))
else
    call('XDEL', COMMANDS, unpack(entries))
end
-- Everybody hears of the messages, in order, and then their authors. Each message alone: Redis' Lua reads every byte of a
-- new string for its hash, so that putting long ones together costs more than the calls it saves.
for _, room in ipairs(rooms) do
    for _, event in ipairs(room.events) do call('SPUBLISH', room.LIVE, event) end
end
for _, channel in ipairs(channels) do
    if #channel.answers > 0 then call('PUBLISH', channel.name, table.concat(channel.answers, '\n')) end
end
return {obstacle and 'some' or 'done', count}
