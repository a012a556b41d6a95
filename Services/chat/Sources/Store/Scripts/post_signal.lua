-- Posts a trading signal, in a room that is made if need be. An outcome that came first is part of it at once.
-- KEYS[9] seen string   KEYS[10] rooms set   KEYS[11] signal string: `m <message id>` or `o <outcome JSON>`
-- ARGV[11] digest   ARGV[12] seconds the marks are kept   ARGV[13] now, ms   ARGV[14] now, RFC 3339
-- ARGV[15] command id   ARGV[16] the message after its epoch, with `"outcome":null`
-- ARGV[17] room name as JSON string   ARGV[18] squad   ARGV[19] welcome message after its epoch
local MARK = '"metadata":{"type":"trading_signal","outcome":'
local refusal = refused({'hash', 'stream', 'stream', 'hash', 'stream', 'channel', 'hash', 'zset', 'string', 'set',
    'string'})
if refusal then return refusal end
local closed = unopened()
if closed and closed[1] == 'reopen' then return closed end
if not closed then
    local answered = repeated(KEYS[9], ARGV[11])
    if answered then return answered end
end
if outboxIsFull() then return busy() end
local parked = redis.call('GET', KEYS[11])
local rest = ARGV[16]
if parked and string.sub(parked, 1, 2) == 'o ' then
    local _, last = string.find(rest, MARK, 1, true)
    if last then rest = string.sub(rest, 1, last) .. string.sub(parked, 3) .. string.sub(rest, last + 5) end
end

if closed then createRoom(KEYS[10], ARGV[17], ARGV[18], ARGV[14], ARGV[13], ARGV[19]) end
local answer, message = post(rest, ARGV[14], ARGV[13], 'SYSTEM', ARGV[15], ARGV[11])
redis.call('SET', KEYS[11], 'm ' .. message, 'EX', ARGV[12])
remember(KEYS[9], ARGV[11], answer, ARGV[12])
advance()
publishAll()
reply(room.epoch, room.seq, answer .. '\n')
return {'done'}
