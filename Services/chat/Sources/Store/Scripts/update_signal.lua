-- Puts the outcome into a signal's message; parks it when the signal is not there yet.
-- SIGNAL string: `m <message id>` or `o <outcome JSON>`   CHANGED sorted set: message → seq of its last change
-- parked_seconds: how long an outcome waits   outcome: as JSON   signal: its id
-- archived: '1' when the archive holds the message, whose id, json and seq follow; '0' when it does not, '' when it was
-- not asked
local SIGNAL, CHANGED = unpack(KEYS, 10, 11)
local parked_seconds, outcome, signal, archived, archived_id, archived_json, archived_seq = unpack(ARGV, 16, 22)
local MARK = '"metadata":{"type":"trading_signal","outcome":'
local AFTER = ',"signal_data":'

-- The outbox carries it into the archive: it was acknowledged, so an emptied Redis must get it back.
local function park()
    if outbox_is_full() then return busy() end
    redis.call('XADD', EVENTS, '*', 'event', 'outcome_parked', 'room', room_id, 'epoch', '-', 'seq', 0,
        'user', 'SYSTEM', 'at', now_ms, 'json', outcome, 'signal', signal)
    redis.call('SET', SIGNAL, 'o ' .. outcome, 'EX', parked_seconds)
    advance()
    reply(room and room.epoch or '-', room and room.seq or '-', '{"parked":true}')
    return {'done', 'parked'}
end
if not room then return park() end  -- no room, no signal yet

local held = redis.call('GET', SIGNAL)
local message = held and string.sub(held, 1, 2) == 'm ' and string.sub(held, 3)
local json = message and redis.call('HGET', MESSAGES, message)
local known_seq
if not json then
    if archived == '' and (message or room.trimmed > 0 or not held) then return {'archive'} end
    if archived ~= '1' then return park() end
    -- The archive knows which message it is; what Redis holds of it is at least as new.
    message, known_seq = archived_id, archived_seq
    json = redis.call('HGET', MESSAGES, message) or archived_json
end
local from, to = string.find(json, MARK, 1, true)
local tail = to and string.find(json, AFTER, to, true)
if not tail then return refuse('invalid_signal', 'That message is not a signal.') end
if outbox_is_full() then return busy() end

local changed = string.sub(json, 1, to) .. outcome .. string.sub(json, tail)
local answered = '{"message_id":"' .. message .. '","seq":' .. (room.seq + 1) .. '}'
local own = tonumber(string.match(json, '^{"seq":(%d+)'))
record({name = 'signal_updated', message = message, user = 'SYSTEM', flags = '-', json = changed, logged = '',
    id = command_id, digest = digest, answer = answered, at = now_ms, state = changed})
redis.call('HSET', MESSAGES, message, changed)
redis.call('ZADD', INDEX, known_seq or own, message)
redis.call('ZADD', CHANGED, room.seq, message)
finish(answered)
return {'done'}
