-- Adds or removes one person's reaction. Doing it twice is the same as doing it once.
-- change: 'add' or 'remove'   emoji: no quote, no backslash   most_emoji: different ones of a message
-- sent: the emoji as the actor wrote it, under which a release of before may have kept it; no quote, no backslash
-- is_archived, is_sent_archived: '1' when the reaction is in the archive, where that was asked
local change, emoji, sent, most_emoji, is_archived, is_sent_archived = unpack(ARGV, 22, 27)
local COPIES_SECONDS = 60
local reactions = reactions_of(reactions_now or message_json(message) or archived_json)
if not reactions then return {'discard', 'message without reactions'} end
if repeated then
    advance()
    reply(room.epoch, room.seq, repeated .. ',' .. reactions_text(reactions) .. '}')
    return {'done', 'repeated'}
end
local is_partial = not is_here and reactions_now
-- Whether the actor's emoji is on the message; nil when the archive must be asked. `archive_says`: when it was.
local function is_on(name, archive_says)
    if not is_here then return archive_says == '1' end
    if not reactions_now then
        -- Whom a former release has put into the JSON of the message; of a new message nobody.
        local found = false
        for _, user in ipairs(reactions.users[name] or {}) do found = found or user == actor end
        return found
    end
    local found = redis.call('HMGET', REACTIONS, name .. ' ' .. actor, 'archived')
    is_partial = found[2]
    if found[1] then return found[1] == '1' end
    if not is_partial then return false end
    if archived == '' or is_outdated() then return nil end
    return archive_says == '1'
end
local is_mine = is_on(emoji, is_archived)
if is_mine == nil then return {'archive'} end
if change == 'remove' and sent ~= emoji then
    local is_sent_mine = is_on(sent, is_sent_archived)
    if is_sent_mine == nil then return {'archive'} end
    if is_sent_mine then emoji, is_mine = sent, true end
end
local field = emoji .. ' ' .. actor

local about = '"message_id":"' .. message .. '","emoji":"' .. emoji .. '",'
if is_mine == (change == 'add') then
    -- Nothing has changed, and nothing stays of it: its mark lasts as long as copies of the command may be on their way.
    finish('{' .. about .. '"seq":' .. room.seq, ',' .. reactions_text(reactions) .. '}', math.min(seconds, COPIES_SECONDS))
    return {'done', 'unchanged'}
end
if change == 'add' and not reactions.counts[emoji] and #reactions.order >= tonumber(most_emoji) then
    return refuse('invalid_field', 'This message has as many different reactions as it can hold.')
end
if outbox_is_full() then return busy() end

local former = not reactions_now and {}
if former then
    for _, name in ipairs(reactions.order) do
        for _, user in ipairs(reactions.users[name]) do former[#former + 1] = name .. ' ' .. user end
        while #reactions.users[name] > MOST_NAMES do table.remove(reactions.users[name]) end
    end
end
count_reaction(reactions, emoji, actor, change == 'add')

local seq = room.seq + 1
local event = '{"seq":' .. seq .. ',' .. about .. '"user_id":"' .. actor .. '"}'
local text = reactions_text(reactions)
-- Kept without the names, which would be as many for each who reacts.
local answered = '{' .. about .. '"seq":' .. seq
record({name = change == 'add' and 'reaction_added' or 'reaction_removed', message = message, user = actor, flags = '-',
    json = event, logged = event, published = with_reactions(event, text), id = command_id, digest = digest,
    answer = answered, at = now_ms})
keep()
redis.call('HSET', REACTED, message, text)
for _, one in ipairs(former or {}) do redis.call('HSET', REACTIONS, one, '1') end
if change == 'add' then
    redis.call('HSET', REACTIONS, field, '1')
elseif is_partial then
    redis.call('HSET', REACTIONS, field, '0')
else
    redis.call('HDEL', REACTIONS, field)
end
finish(answered, ',' .. text .. '}')
return {'done'}
