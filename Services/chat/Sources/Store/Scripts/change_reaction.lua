-- Adds or removes one person's reaction. Doing it twice is the same as doing it once.
-- KEYS[9] seen string   KEYS[10] changed zset: message → seq of its last change
-- ARGV[11] digest   ARGV[12] seconds the mark is kept   ARGV[13] now, ms   ARGV[14] 'add' or 'remove'
-- ARGV[15] command id   ARGV[16] message id   ARGV[17] emoji (no quote, no backslash)
-- ARGV[18] most different emoji on a message
-- ARGV[19] '' the archive was not asked, '0' it has no such message, '1' it has: ARGV[20] its JSON, ARGV[21] its seq
local REACTIONS = ',"reactions":{'
local refusal = refused({'hash', 'stream', 'stream', 'hash', 'stream', 'channel', 'hash', 'zset', 'string', 'zset'})
if refusal then return refusal end
local closed = unopened()
if closed then
    if closed[1] == 'reopen' then return closed end
    return refuse('unknown_room', 'There is no such room.')
end
local answered = repeated(KEYS[9], ARGV[11])
if answered then return answered end
local message, emoji = ARGV[16], ARGV[17]
local json = redis.call('HGET', MESSAGES, message)
local fromArchive = nil
if not json then
    if room.trimmed > 0 and ARGV[19] == '' then return {'archive'} end
    if ARGV[19] ~= '1' then return refuse('message_not_found', 'There is no such message in this room.') end
    json, fromArchive = ARGV[20], ARGV[21]
end

-- Before `reactions` a message has only names, numbers and strings, and inside a string the quotes would be escaped:
-- the first occurrence is the field itself. It holds no braces, because an emoji has none.
local start, opened = string.find(json, REACTIONS, 1, true)
local closing = opened and string.find(json, '}', opened, true)
if not closing then return {'discard', 'message without reactions'} end
local order, users, mine, position = {}, {}, false, 0
for name, list in string.gmatch(string.sub(json, opened + 1, closing - 1), '"([^"]+)":%[([^%]]*)%]') do
    order[#order + 1] = name
    local held = {}
    for user in string.gmatch(list, '"([^"]+)"') do
        held[#held + 1] = user
        if name == emoji and user == ACTOR then mine, position = true, #held end
    end
    users[name] = held
end

local function encoded()
    local parts = {}
    for _, name in ipairs(order) do
        if #users[name] > 0 then
            parts[#parts + 1] = '"' .. name .. '":["' .. table.concat(users[name], '","') .. '"]'
        end
    end
    return '{' .. table.concat(parts, ',') .. '}'
end
local function answering(seq)
    return '{"message_id":"' .. message .. '","emoji":"' .. emoji .. '","seq":' .. seq .. ',"reactions":' .. encoded()
        .. '}'
end
if mine == (ARGV[14] == 'add') then
    local answer = answering(room.seq)
    remember(KEYS[9], ARGV[11], answer, ARGV[12])
    advance()
    reply(room.epoch, room.seq, answer .. '\n')
    return {'done', 'unchanged'}
end
if ARGV[14] == 'add' then
    if not users[emoji] then
        if #order >= tonumber(ARGV[18]) then
            return refuse('invalid_field', 'This message has as many different reactions as it can hold.')
        end
        order[#order + 1] = emoji
        users[emoji] = {}
    end
    table.insert(users[emoji], ACTOR)
else
    table.remove(users[emoji], position)
end
if outboxIsFull() then return busy() end

local changed = string.sub(json, 1, opened - 1) .. encoded() .. string.sub(json, closing + 1)
local seq = room.seq + 1
local event = '{"seq":' .. seq .. ',"message_id":"' .. message .. '","emoji":"' .. emoji .. '","user_id":"' .. ACTOR
    .. '","reactions":' .. encoded() .. '}'
local answer = answering(seq)
local name = ARGV[14] == 'add' and 'reaction_added' or 'reaction_removed'
record({name = name, message = message, user = ACTOR, flags = '-', json = event, logged = event, id = ARGV[15],
    digest = ARGV[11], answer = answer, at = ARGV[13], state = changed})
redis.call('HSET', MESSAGES, message, changed)
if fromArchive then redis.call('ZADD', INDEX, fromArchive, message) end
redis.call('ZADD', KEYS[10], seq, message)
remember(KEYS[9], ARGV[11], answer, ARGV[12])
advance()
publishAll()
reply(room.epoch, room.seq, answer .. '\n')
return {'done'}
