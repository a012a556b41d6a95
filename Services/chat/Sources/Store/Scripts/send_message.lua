-- Posts a person's message.
-- KEYS[9] seen string
-- ARGV[11] digest   ARGV[12] seconds the mark is kept   ARGV[13] now, ms   ARGV[14] now, RFC 3339
-- ARGV[15] command id   ARGV[16] the message after its epoch   ARGV[17] message replied to, or ''
-- ARGV[18] '1' when the archive holds that message
local refusal = refused({'hash', 'stream', 'stream', 'hash', 'stream', 'channel', 'hash', 'zset', 'string'})
if refusal then return refusal end
local closed = unopened()
if closed then
    if closed[1] == 'reopen' then return closed end
    return refuse('unknown_room', 'There is no such room.')
end
local answered = repeated(KEYS[9], ARGV[11])
if answered then return answered end
if ARGV[17] ~= '' and ARGV[18] ~= '1' and redis.call('HEXISTS', MESSAGES, ARGV[17]) == 0 then
    if room.trimmed > 0 and ARGV[18] == '' then return {'archive'} end
    return refuse('message_not_found', 'The message you reply to does not exist.')
end
if outboxIsFull() then return busy() end

local answer = post(ARGV[16], ARGV[14], ARGV[13], ACTOR, ARGV[15], ARGV[11])
remember(KEYS[9], ARGV[11], answer, ARGV[12])
advance()
publishAll()
reply(room.epoch, room.seq, answer .. '\n')
return {'done'}
