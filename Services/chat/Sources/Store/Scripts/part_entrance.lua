-- For scripts that bring a socket into a room.
-- MEMBERS hash: user → JSON (`seq` of the first join, `rights` as bits)   ONLINE hash: user → sockets, '' while in grace
-- ABSENT sorted set: room and user → end of the grace   SOCKETS set: those of one gateway   GATEWAYS set
-- ROOMS set: rooms of the partition   JOINED set: rooms of the user   REACTED hash: message → its reactions
-- gateway, socket: or ''   now_ms, timestamp: the time, in ms and RFC 3339   member: as JSON after its seq
-- joined: `user_joined` as JSON   created, name, squad, record_json, welcome: of the room (part_creation.lua)
-- permissions: as JSON array   limit: messages per page
-- through: the archive's highest seq, -1 when it was not asked
local MEMBERS, ONLINE, ABSENT, SOCKETS, GATEWAYS, ROOMS, JOINED, REACTED = unpack(KEYS, 9, 16)
local gateway, socket, now_ms, timestamp, member, joined = unpack(ARGV, 12, 17)
local created, name, squad, record_json, welcome = unpack(ARGV, 18, 22)
local permissions, limit, through = unpack(ARGV, 23, 25)
limit = tonumber(limit)
if room and needs_archive('+inf', limit, tonumber(through), 0) then return {'archive'} end
if outbox_is_full() then return busy() end
if not room then create_room(ROOMS, created, name, squad, record_json, welcome, timestamp, now_ms) end

-- Membership, at the first join ever, and presence, at the first socket.
local function enter()
    if redis.call('HEXISTS', MEMBERS, actor) == 0 then
        local json = '{"seq":' .. (room.seq + 1) .. ',' .. member
        record({name = 'member_added', message = '', user = actor, flags = '-', json = json, logged = json, id = '',
            digest = '', answer = '', at = now_ms})
        redis.call('HSET', MEMBERS, actor, '{"seq":' .. room.seq .. ',"rights":' .. rights .. ',' .. member)
        redis.call('SADD', JOINED, room_id)
    end
    if socket == '' then return end
    local place = gateway .. '/' .. socket
    local sockets = redis.call('HGET', ONLINE, actor)
    if not sockets then publish('user_joined', '-', '-', actor, joined) end
    if not string.find(' ' .. (sockets or '') .. ' ', ' ' .. place .. ' ', 1, true) then
        redis.call('HSET', ONLINE, actor, (sockets or '') == '' and place or sockets .. ' ' .. place)
    end
    redis.call('ZREM', ABSENT, room_id .. ' ' .. actor)
    redis.call('SADD', SOCKETS, room_id .. ' ' .. actor .. ' ' .. socket)
    redis.call('SADD', GATEWAYS, gateway)
end

local MOST_LISTED = 500

-- The names of a hash in order; of many, some, the actor before them: a bounded piece of work however many there are.
local function names_in(key)
    local names
    if redis.call('HLEN', key) <= MOST_LISTED then
        names = redis.call('HKEYS', key)
        table.sort(names)
    else
        names = redis.call('HRANDFIELD', key, MOST_LISTED)
        if redis.call('HEXISTS', key, actor) == 1 then table.insert(names, 1, actor) end
    end
    return names
end

-- At most 500, those who are there first; by name where there are no more than that.
local function members_json()
    local users, is_listed, online = {}, {}, {}
    local function list(names)
        for _, user in ipairs(names) do
            if #users < MOST_LISTED and not is_listed[user] then
                users[#users + 1], is_listed[user] = user, true
            end
        end
    end
    local present = names_in(ONLINE)
    for _, user in ipairs(present) do online[user] = true end
    list(present)
    if #users < MOST_LISTED then list(names_in(MEMBERS)) end
    local listed = {}
    for position, text in ipairs(redis.call('HMGET', MEMBERS, unpack(users))) do
        local shown = text
            and select(3, member_parts(text))
        if shown then  -- a damaged entry keeps nobody out of the room
            listed[#listed + 1] = '{' .. string.sub(shown, 1, -2) .. ',"online":'
                .. tostring(online[users[position]] or false) .. '}'
        end
    end
    return '[' .. table.concat(listed, ',') .. ']'
end
