-- Brings a socket into a room: the room itself at its first use, the member at the first join ever, the presence at the
-- first socket. What it asked is answered beside the pipeline, so its entry stays until then.
-- MEMBERS hash: user → JSON (`seq` of the first join, `rights` as bits)   ONLINE hash: user → sockets, '' while in grace
-- ABSENT sorted set: room and user → end of the grace   SOCKETS set: those of one gateway   GATEWAYS set
-- ROOMS set: rooms of the partition   JOINED set: rooms of the user
-- gateway, socket: or ''   now_ms, timestamp: the time, in ms and RFC 3339   member: as JSON after its seq
-- joined: `user_joined` as JSON   only_members: '1' when nobody else may come in now   created, name, squad, record_json, welcome: of the room (part_creation.lua)
-- Answers the epoch, the last seq before and after the member, the version of the roster, and 1 if this made it.
local MEMBERS, ONLINE, ABSENT, SOCKETS, GATEWAYS, ROOMS, JOINED = unpack(KEYS, 9, 15)
local gateway, socket, now_ms, timestamp, member, joined, only_members = unpack(ARGV, 12, 18)
local created, name, squad, record_json, welcome = unpack(ARGV, 19, 23)
-- A member adds no event, so a full outbox is nothing to them.
local is_member = room and redis.call('HEXISTS', MEMBERS, actor) == 1
if not is_member and (only_members == '1' or outbox_is_full()) then return busy() end
if not room then create_room(ROOMS, created, name, squad, record_json, welcome, timestamp, now_ms) end
local seq_before, is_listed = room.seq, true
if not is_member then
    local json = '{"seq":' .. (room.seq + 1) .. ',' .. member
    record({name = 'member_added', message = '', user = actor, flags = '-', json = json, logged = json, id = '',
        digest = '', answer = '', at = now_ms})
    redis.call('HSET', MEMBERS, actor, '{"seq":' .. room.seq .. ',"rights":' .. rights .. ',' .. member)
    redis.call('SADD', JOINED, room_id)
    is_listed = false
end
if socket ~= '' then
    local place = gateway .. '/' .. socket
    local sockets = redis.call('HGET', ONLINE, actor)
    if not sockets then
        publish('user_joined', '-', '-', actor, joined)
        is_listed = false
    end
    if not string.find(' ' .. (sockets or '') .. ' ', ' ' .. place .. ' ', 1, true) then
        redis.call('HSET', ONLINE, actor, (sockets or '') == '' and place or sockets .. ' ' .. place)
    end
    redis.call('ZREM', ABSENT, room_id .. ' ' .. actor)
    redis.call('SADD', SOCKETS, room_id .. ' ' .. actor .. ' ' .. socket)
    redis.call('SADD', GATEWAYS, gateway)
end
local roster = tonumber(redis.call('HGET', ROOM, 'roster')) or 0
if not is_listed then
    roster = roster + 1
    redis.call('HSET', ROOM, 'roster', roster)
end
pass()
publish_all()
return {'done', 'unanswered', room.epoch, seq_before, room.seq, roster, is_listed and 0 or 1}
