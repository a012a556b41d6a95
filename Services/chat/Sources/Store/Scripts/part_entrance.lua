-- For scripts that bring a socket into a room.
-- KEYS[9]  members  hash    user → JSON (its `seq` is that of the first join)   KEYS[10] online  hash        user → sockets, '' while in grace
-- KEYS[11] absent   zset    room user → due    KEYS[12] sockets set         sockets of one gateway
-- KEYS[13] gateways set                        KEYS[14] rooms   set         rooms of the partition
-- KEYS[15] joined   set     rooms of the user
-- ARGV[11] gateway or ''   ARGV[12] socket or ''   ARGV[13] now, ms   ARGV[14] now, RFC 3339
-- ARGV[15] the member as JSON after its seq   ARGV[16] `user_joined` as JSON
-- ARGV[17] room name as JSON string   ARGV[18] squad   ARGV[19] welcome message after its epoch
-- ARGV[20] permissions as JSON array   ARGV[21] messages per page   ARGV[22] the archive's highest seq or -1
local MEMBERS, ONLINE, ABSENT, SOCKETS, GATEWAYS, ROOMS, JOINED =
    KEYS[9], KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14], KEYS[15]
local KINDS = {'hash', 'stream', 'stream', 'hash', 'stream', 'channel', 'hash', 'zset', 'hash', 'hash', 'zset', 'set',
    'set', 'set', 'set'}

-- Membership, at the first join ever, and presence, at the first socket.
local function enter()
    if redis.call('HEXISTS', MEMBERS, ACTOR) == 0 then
        local json = '{"seq":' .. (room.seq + 1) .. ',' .. ARGV[15]
        record({name = 'member_added', message = '', user = ACTOR, flags = '-', json = json, logged = json, id = '',
            digest = '', answer = '', at = ARGV[13]})
        redis.call('HSET', MEMBERS, ACTOR, json)
        redis.call('SADD', JOINED, ROOM_ID)
    end
    if ARGV[12] == '' then return end
    local socket = ARGV[11] .. '/' .. ARGV[12]
    local sockets = redis.call('HGET', ONLINE, ACTOR)
    if not sockets then publish('user_joined', '-', '-', ACTOR, ARGV[16]) end
    if not string.find(' ' .. (sockets or '') .. ' ', ' ' .. socket .. ' ', 1, true) then
        redis.call('HSET', ONLINE, ACTOR, (sockets or '') == '' and socket or sockets .. ' ' .. socket)
    end
    redis.call('ZREM', ABSENT, ROOM_ID .. ' ' .. ACTOR)
    redis.call('SADD', SOCKETS, ROOM_ID .. ' ' .. ACTOR .. ' ' .. ARGV[12])
    redis.call('SADD', GATEWAYS, ARGV[11])
end

-- At most 500, those who are there first.
local function membersJSON()
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
        local member = string.gsub(texts[user], '^{"seq":%d+,', '{', 1)
        listed[position] = string.sub(member, 1, -2) .. ',"online":' .. tostring(online[user] or false) .. '}'
    end
    return '[' .. table.concat(listed, ',') .. ']'
end
