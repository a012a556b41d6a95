-- Posts messages of persons, in order, each as if it were alone. Swift has numbered them and put everything together, so
-- that each text is one string from here to the log, the outbox, the room's channel and its author. What all of them share
-- is written once: the numbers of the rooms, the cursor. Stops before a message that needs more than a script has, or
-- whose number is not the next one, and answers how many came before it.
-- COMMANDS stream: holds the entries   EVENTS stream: the outbox
-- cursor: where it must be   epoch: the partition's, in which the texts were made   bound: most entries the outbox may hold
-- seconds: how long answers are kept   rooms_given, channels_given: how many there are
-- is_alone: '1' when no entry before these is left in the stream to be answered yet
-- Then of each channel where replies go its name and the replies, an empty line between two; then of each room its id, and
-- ROOM hash, LOG stream, LIVE channel, MESSAGES hash: id → publication, INDEX sorted set: id → seq
-- Then of each message, and SEEN string: what the command answered
--   entry: its id   place, way: of its room and of its channel among those given; 0 when nobody waits for a reply
--   ends: where its reply ends in those of the channel   number: its seq   message: its id   actor: who
--   event: its publication   command: time, digest, the author's id   mark: digest and answer, for SEEN
--   reply_to: the message replied to, or ''
--   archived: '1' when the archive holds that message, '0' when it does not, '' when it was not asked
local COMMANDS, EVENTS = unpack(KEYS, 2, 3)
local cursor, epoch, bound, seconds, rooms_given, channels_given, is_alone = unpack(ARGV, 4, 10)
local call, pcall = redis.call, redis.pcall
if lease[4] ~= cursor then return {'fenced', 'cursor'} end
if EPOCH ~= epoch then return {'fenced', 'epoch'} end
local waiting = pcall('XLEN', EVENTS)
if type(waiting) ~= 'number' then return mistyped(EVENTS) end
bound = tonumber(bound)

local channels = {}
for number = 1, channels_given do
    local name, replies = unpack(ARGV, 9 + 2 * number, 10 + 2 * number)
    -- `pieces`: what is said already, when it is not what Swift foresaw. The replies from `from` to `through` come next.
    channels[number] = {name = name, replies = replies, pieces = {}, from = 1, through = 0}
end

local rooms = {}
for number = 1, rooms_given do
    local ROOM, LOG, LIVE, MESSAGES, INDEX = unpack(KEYS, 5 * number - 1, 5 * number + 3)
    local id = unpack(ARGV, 10 + 2 * channels_given + number, 10 + 2 * channels_given + number)
    local room = {id = id, ROOM = ROOM, LOG = LOG, LIVE = LIVE, MESSAGES = MESSAGES, INDEX = INDEX, bodies = {},
        numbers = {}, posted = {}}
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

-- The last number of every room given.
local function renumber()
    local answer = {'renumber'}
    for _, room in ipairs(rooms) do
        if room.is_known and room.seq then
            answer[#answer + 1], answer[#answer + 2] = room.id, string.format('%.0f', room.seq)
        end
    end
    return answer
end

-- Why the message cannot be posted; nil when it can. The archive's word is asked for by the code `archive`.
local function problem(room, reply_to, archived)
    if not room.is_known then return 'unknown_room', 'There is no such room.' end
    if reply_to ~= '' and archived ~= '1' and not room.posted[reply_to]
        and call('HEXISTS', room.MESSAGES, reply_to) == 0 then
        if room.trimmed > 0 and archived == '' then return 'archive' end
        return 'message_not_found', 'The message you reply to does not exist.'
    end
    if waiting >= bound then return 'busy', 'The squad is very busy. Try again in a moment.' end
end

-- Takes the next reply as it was foreseen, or another in its place: an error, or what was answered before.
local function reply(channel, ends, room, code, words, answer)
    if code or answer then
        if channel.through >= channel.from then
            channel.pieces[#channel.pieces + 1] = string.sub(channel.replies, channel.from, channel.through)
        end
        local starts = channel.through == 0 and 1 or channel.through + 2
        local correlation, rights = string.match(channel.replies, '^(%S+) ok %S+ %S+ %S+ (%d+)\n', starts)
        channel.pieces[#channel.pieces + 1] = code
            and correlation .. ' error - - - 0\n{"code":"' .. code .. '","message":"' .. words .. '"}\n'
            or correlation .. ' ok ' .. room.id .. ' ' .. EPOCH .. ' ' .. string.format('%.0f', room.seq) .. ' '
                .. rights .. '\n' .. answer .. '\n'
        channel.from = ends + 2
    end
    channel.through = ends
end

local first_seen = 5 * rooms_given + 4
-- Asked once for all, because hardly ever one of them was there before. A key of another type is there too.
local some_seen, written_now = call('EXISTS', unpack(KEYS, first_seen, #KEYS)) > 0, {}
local count, last, obstacle, entries = 0, nil, nil, {}
local next_seen = first_seen - 1
for position = 11 + rooms_given + 2 * channels_given, #ARGV, 12 do
    local entry, place, way, ends, number, message, actor, event, command, mark, reply_to, archived =
        unpack(ARGV, position, position + 11)
    local room, channel = rooms[tonumber(place)], channels[tonumber(way)]
    next_seen = next_seen + 1
    local SEEN = unpack(KEYS, next_seen, next_seen)
    obstacle = room.obstacle
    if obstacle then break end
    local seen = room.is_known and (some_seen or written_now[SEEN]) and pcall('GET', SEEN)
    if type(seen) == 'table' then
        obstacle = mistyped(SEEN)
        break
    end
    local code, words, answer
    if seen then
        answer = string.sub(seen, 66)
        if string.sub(seen, 1, 64) ~= string.sub(mark, 1, 64) then
            code, words = 'conflict', 'This id was used before for something else.'
        end
    else
        code, words = problem(room, reply_to, archived)
        if code == 'archive' then
            obstacle = {'archive'}
            break
        elseif not code then
            if tonumber(number) ~= room.seq + 1 then
                obstacle = renumber()
                break
            end
            -- The log before everything that stays, because only its append can still fail.
            local logged = pcall('XADD', room.LOG, number .. '-0', 'event', 'new_message', 'message', message, 'user',
                actor)
            if type(logged) == 'table' then
                local actual = call('TYPE', room.LOG).ok
                obstacle = actual == 'stream' and logged or {'mistyped', room.LOG, actual}
                break
            end
            call('SET', SEEN, mark, 'EX', seconds)
            call('XADD', EVENTS, '*', 'publication', event, 'command', command)
            waiting, room.seq, written_now[SEEN], room.posted[message] = waiting + 1, room.seq + 1, true, true
            local bodies, numbers, size = room.bodies, room.numbers, #room.bodies
            bodies[size + 1], bodies[size + 2] = message, event
            numbers[size + 1], numbers[size + 2] = number, message
        end
    end
    count, last = count + 1, entry
    entries[count] = entry
    if channel then reply(channel, tonumber(ends), room, code, words, answer) end
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
    for place = 2, #room.bodies, 2 do call('SPUBLISH', room.LIVE, room.bodies[place]) end
end
for _, channel in ipairs(channels) do
    local pieces, replies = channel.pieces, channel.replies
    if channel.through >= channel.from then
        local is_whole = channel.from == 1 and channel.through == #replies
        pieces[#pieces + 1] = is_whole and replies or string.sub(replies, channel.from, channel.through)
    end
    if #pieces > 0 then call('PUBLISH', channel.name, table.concat(pieces, '\n')) end
end
if not obstacle then return {'done', count} end
-- What hinders the next one goes along, unless Redis itself said it: that comes again when the message is first.
return {'some', count, unpack(obstacle)}
