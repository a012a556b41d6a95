-- For scripts that bring a socket into a room.
-- MEMBERS hash: user → JSON (`seq` of the first join, `rights` as bits)   ONLINE hash: user → sockets, '' while in grace
-- ABSENT sorted set: room and user → end of the grace   SOCKETS set: those of one gateway   GATEWAYS set
-- ROOMS set: rooms of the partition   JOINED set: rooms of the user
-- gateway, socket: or ''   now_ms, timestamp: the time, in ms and RFC 3339   member: as JSON after its seq
-- joined: `user_joined` as JSON   name: of the room, as JSON string   squad: its squad
-- welcome: its first message after the epoch   permissions: as JSON array   limit: messages per page
-- through: the archive's highest seq, -1 when it was not asked
local MEMBERS, ONLINE, ABSENT, SOCKETS, GATEWAYS, ROOMS, JOINED = unpack(KEYS, 9, 15)
local gateway, socket, now_ms, timestamp, member, joined, name, squad, welcome, permissions, limit, through =
    unpack(ARGV, 12, 23)
limit = tonumber(limit)
if room and needs_archive('+inf', limit, tonumber(through), 0) then return {'archive'} end
if outbox_is_full() then return busy() end
if not room then create_room(ROOMS, name, squad, timestamp, now_ms, welcome) end

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

-- At most 500, those who are there first.
local function members_json()
    local online, texts, users, held = {}, {}, {}, redis.call('HGETALL', MEMBERS)
    for _, user in ipairs(redis.call('HKEYS', ONLINE)) do online[user] = true end
    for position = 1, #held, 2 do
        users[#users + 1] = held[position]
        texts[held[position]] = held[position + 1]
    end
    table.sort(users, function(left, right)
        if (online[left] or false) ~= (online[right] or false) then return online[left] or false end
        return left < right
    end)
    local listed = {}
    for position = 1, math.min(#users, 500) do
        local user = users[position]
        local text = string.gsub(texts[user], '^{"seq":%d+,', '{', 1)
        text = string.gsub(text, '^{"rights":%d+,', '{', 1)
        listed[position] = string.sub(text, 1, -2) .. ',"online":' .. tostring(online[user] or false) .. '}'
    end
    return '[' .. table.concat(listed, ',') .. ']'
end
