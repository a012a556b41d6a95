-- Adds or removes one person's reaction. Doing it twice is the same as doing it once.
-- change: 'add' or 'remove'   emoji: no quote, no backslash   most_emoji: different ones of a message
local change, emoji, most_emoji = unpack(ARGV, 20, 22)
local REACTIONS = ',"reactions":{'

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
        if name == emoji and user == actor then mine, position = true, #held end
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
if mine == (change == 'add') then
    finish(answering(room.seq))
    return {'done', 'unchanged'}
end
if change == 'add' then
    if not users[emoji] then
        if #order >= tonumber(most_emoji) then
            return refuse('invalid_field', 'This message has as many different reactions as it can hold.')
        end
        order[#order + 1] = emoji
        users[emoji] = {}
    end
    table.insert(users[emoji], actor)
else
    table.remove(users[emoji], position)
end
if outbox_is_full() then return busy() end

local changed = string.sub(json, 1, opened - 1) .. encoded() .. string.sub(json, closing + 1)
local seq = room.seq + 1
local event = '{"seq":' .. seq .. ',"message_id":"' .. message .. '","emoji":"' .. emoji .. '","user_id":"' .. actor
    .. '","reactions":' .. encoded() .. '}'
local answered = answering(seq)
local name = change == 'add' and 'reaction_added' or 'reaction_removed'
record({name = name, message = message, user = actor, flags = '-', json = event, logged = event, id = command_id,
    digest = digest, answer = answered, at = now_ms, state = changed})
keep(changed)
finish(answered)
return {'done'}
