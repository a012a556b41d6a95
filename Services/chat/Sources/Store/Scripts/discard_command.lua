-- Moves a command that can never be applied to the dead letters, with the reason.
-- DEAD stream
-- reason: for operators   now_ms: the time   problem: the error as JSON   then field and value of the entry
local DEAD = unpack(KEYS, 4, 4)
local reason, now_ms, problem = unpack(ARGV, 12, 14)
redis.call('XADD', DEAD, 'MAXLEN', '~', 10000, '*', 'reason', reason, 'at', now_ms, 'entry', entry, 'stream', COMMANDS,
    unpack(ARGV, 15))
advance()
answer('error - - - 0', problem)
return {'done', 'discarded'}
