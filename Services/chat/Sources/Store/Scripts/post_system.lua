-- Posts a line of the suite itself, in a room that is made if need be.
-- KEYS[9] seen string   KEYS[10] rooms set
-- ARGV[11] digest   ARGV[12] seconds the mark is kept   ARGV[13] now, ms   ARGV[14] now, RFC 3339
-- ARGV[15] command id   ARGV[16] the message after its epoch
-- ARGV[17] room name as JSON string   ARGV[18] squad   ARGV[19] welcome message after its epoch
local refusal = refused({'hash', 'stream', 'stream', 'hash', 'stream', 'channel', 'hash', 'zset', 'string', 'set'})
if refusal then return refusal end
local closed = unopened()
if closed and closed[1] == 'reopen' then return closed end
if not closed then
    local answered = repeated(KEYS[9], ARGV[11])
    if answered then return answered end
end
if outboxIsFull() then return busy() end

if closed then createRoom(KEYS[10], ARGV[17], ARGV[18], ARGV[14], ARGV[13], ARGV[19]) end
local answer = post(ARGV[16], ARGV[14], ARGV[13], 'SYSTEM', ARGV[15], ARGV[11])
remember(KEYS[9], ARGV[11], answer, ARGV[12])
advance()
publishAll()
reply(room.epoch, room.seq, answer .. '\n')
return {'done'}
