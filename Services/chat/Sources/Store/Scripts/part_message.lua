-- The one part that cuts JSON. Reactions stand beside their message and are put into it when it is handed out.
-- MOST_NAMES of one emoji, and MOST_NAMES_IN_ALL emoji of a message, are told by Swift (ChatScript).

-- The present JSON and its version: what Swift computes from it is refused when the version has moved.
local function held(message, json) return {'held', message, redis.sha1hex(json), json} end

-- Where `"reactions":{…}` stands in a message, in an event or alone, `"reaction_counts":{…}` behind it included: its first
-- and last place, and what is between its braces, and theirs. Before `reactions` a message has only names, numbers and
-- strings, and inside a string the quotes would be escaped: the first occurrence is the field itself. It holds no braces,
-- because neither an emoji nor an identifier has one.
local function reactions_in(json)
    local first, opened = string.find(json, '"reactions":{', 1, true)
    local last = opened and string.find(json, '}', opened, true)
    if not last then return nil end
    local names = string.sub(json, opened + 1, last - 1)
    local _, counted = string.find(json, '^,"reaction_counts":{', last + 1)
    local closing = counted and string.find(json, '}', counted, true)
    if not closing then return first, last, names, '' end
    return first, closing, names, string.sub(json, counted + 1, closing - 1)
end

-- Who reacted with what: the emoji in order, names and number of each. Without counts everybody is named.
local function reactions_of(json)
    local first, _, names, counts = reactions_in(json)
    if not first then return nil end
    local reactions = {order = {}, users = {}, counts = {}}
    for emoji, list in string.gmatch(names, '"([^"]+)":%[([^%]]*)%]') do
        local users = {}
        for user in string.gmatch(list, '"([^"]+)"') do users[#users + 1] = user end
        reactions.order[#reactions.order + 1] = emoji
        reactions.users[emoji], reactions.counts[emoji] = users, #users
    end
    for emoji, count in string.gmatch(counts, '"([^"]+)":(%d+)') do reactions.counts[emoji] = tonumber(count) end
    return reactions
end

-- The same as the two fields.
local function reactions_text(reactions)
    local names, counts, left = {}, {}, MOST_NAMES_IN_ALL
    for place, emoji in ipairs(reactions.order) do
        local named = math.min(#reactions.users[emoji], MOST_NAMES, left)
        left = left - named
        local users = table.concat(reactions.users[emoji], '","', 1, named)
        names[place] = '"' .. emoji .. '":[' .. (users == '' and '' or '"' .. users .. '"') .. ']'
        counts[place] = '"' .. emoji .. '":' .. string.format('%.0f', reactions.counts[emoji])
    end
    return '"reactions":{' .. table.concat(names, ',') .. '},"reaction_counts":{' .. table.concat(counts, ',') .. '}'
end

-- A message, or an event, with these two fields in the place of its own, or at its end when it has none.
local function with_reactions(json, text)
    local first, last = reactions_in(json)
    if first then return string.sub(json, 1, first - 1) .. text .. string.sub(json, last + 1) end
    return string.sub(json, 1, -2) .. ',' .. text .. '}'
end

-- One person's emoji more, or less. A name that goes leaves room for the next who comes.
local function count_reaction(reactions, emoji, user, is_added)
    local users, count = reactions.users[emoji], reactions.counts[emoji] or 0
    if is_added then
        if count == 0 then
            users = {}
            reactions.order[#reactions.order + 1], reactions.users[emoji] = emoji, users
        end
        local named = 0
        for _, list in pairs(reactions.users) do named = named + #list end
        if #users < MOST_NAMES and named < MOST_NAMES_IN_ALL then users[#users + 1] = user end
        reactions.counts[emoji] = count + 1
        return
    end
    for place = #users, 1, -1 do
        if users[place] == user then table.remove(users, place) end
    end
    reactions.counts[emoji] = count - 1
    if count > 1 then return end
    for place = #reactions.order, 1, -1 do
        if reactions.order[place] == emoji then table.remove(reactions.order, place) end
    end
    reactions.users[emoji], reactions.counts[emoji] = nil, nil
end

-- The entry of a member: the seq of the joining, the rights as bits (nil in one of a release that kept none), and the rest
-- with its brace; nothing for one that is damaged.
local function member_parts(entry)
    local joined, rest = string.match(entry, '^{"seq":(%d+),(.*})$')
    if not joined then return nil end
    local rights, profile = string.match(rest, '^"rights":(%d+),(.*)$')
    return joined, rights, profile or rest
end
