-- Moves a command that can never be applied to the dead letters, with the reason.
-- KEYS[4] dead stream
-- ARGV[11] reason   ARGV[12] now, ms   ARGV[13] the error as JSON   ARGV[14]… field and value of the entry
local refusal = refused({'hash', 'stream', 'stream', 'stream'})
if refusal then return refusal end
local fields = {'reason', ARGV[11], 'at', ARGV[12], 'entry', ENTRY, 'stream', COMMANDS}
for position = 14, #ARGV do fields[#fields + 1] = ARGV[position] end
redis.call('XADD', KEYS[4], 'MAXLEN', '~', 10000, '*', unpack(fields))
advance()
if REPLY ~= '' then redis.call('PUBLISH', REPLY, RE .. ' error - - - 0\n' .. ARGV[13] .. '\n') end
return {'done', 'discarded'}
