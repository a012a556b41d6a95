-- Puts the outcome into a signal's message; parks it when the signal is not there yet.
-- KEYS[9] seen string   KEYS[10] signal string: `m <message id>` or `o <outcome JSON>`   KEYS[11] changed zset
-- ARGV[11] digest   ARGV[12] seconds the marks are kept   ARGV[13] now, ms   ARGV[14] seconds an outcome is parked
-- ARGV[15] command id   ARGV[16] outcome as JSON
-- ARGV[17] '' the archive was not asked, '0' it has no such message, '1' it has: ARGV[18] its id, ARGV[19] its JSON,
-- ARGV[20] its seq   ARGV[21] the signal
local MARK = '"metadata":{"type":"trading_signal","outcome":'
local AFTER = ',"signal_data":'
local refusal = refused({'hash', 'stream', 'stream', 'hash', 'stream', 'channel', 'hash', 'zset', 'string', 'string',
    'zset'})
if refusal then return refusal end
local closed = unopened()
if closed and closed[1] == 'reopen' then return closed end

-- The outbox carries it into the archive: it was acknowledged, so an emptied Redis must get it back.
local function park()
    if outboxIsFull() then return busy() end
    redis.call('XADD', EVENTS, '*', 'event', 'outcome_parked', 'room', ROOM_ID, 'epoch', '-', 'seq', 0,
        'user', 'SYSTEM', 'at', ARGV[13], 'json', ARGV[16], 'signal', ARGV[21])
    redis.call('SET', KEYS[10], 'o ' .. ARGV[16], 'EX', ARGV[14])
    advance()
    reply(room and room.epoch or '-', room and room.seq or '-', '{"parked":true}\n')
    return {'done', 'parked'}
end
if closed then return park() end  -- no room, no signal yet

local answered = repeated(KEYS[9], ARGV[11])
if answered then return answered end
local held = redis.call('GET', KEYS[10])
local message = held and string.sub(held, 1, 2) == 'm ' and string.sub(held, 3)
local json = message and redis.call('HGET', MESSAGES, message)
local seqOfMessage = nil
if not json then
    if ARGV[17] == '' and (message or room.trimmed > 0 or not held) then return {'archive'} end
    if ARGV[17] ~= '1' then return park() end
    -- The archive knows which message it is; what Redis holds of it is at least as new.
    message, seqOfMessage = ARGV[18], ARGV[20]
    json = redis.call('HGET', MESSAGES, message) or ARGV[19]
end
local from, to = string.find(json, MARK, 1, true)
local tail = to and string.find(json, AFTER, to, true)
if not tail then return refuse('invalid_signal', 'That message is not a signal.') end
if outboxIsFull() then return busy() end

local changed = string.sub(json, 1, to) .. ARGV[16] .. string.sub(json, tail)
local answer = '{"message_id":"' .. message .. '","seq":' .. (room.seq + 1) .. '}'
local own = tonumber(string.match(json, '^{"seq":(%d+)'))
record({name = 'signal_updated', message = message, user = 'SYSTEM', flags = '-', json = changed, logged = '',
    id = ARGV[15], digest = ARGV[11], answer = answer, at = ARGV[13], state = changed})
redis.call('HSET', MESSAGES, message, changed)
redis.call('ZADD', INDEX, seqOfMessage or own, message)
redis.call('ZADD', KEYS[11], room.seq, message)
remember(KEYS[9], ARGV[11], answer, ARGV[12])
advance()
publishAll()
reply(room.epoch, room.seq, answer .. '\n')
return {'done'}
