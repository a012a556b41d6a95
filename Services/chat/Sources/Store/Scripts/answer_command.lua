-- Publishes what was prepared beside the pipeline for a command that only asks, or whose effect is applied. The cursor
-- stays where it is. A command that is not there any more was answered.
-- COMMANDS stream: holds the command   DEAD stream: checked where there is a reason
-- epoch: the answer was read under, or ''   entry: the command's id   channel: where the answer goes, or ''   text: it
-- reason: why there can be none, for operators, or ''   now_ms: the time   then field and value of such an entry
local COMMANDS, DEAD = unpack(KEYS, 2, 3)
local epoch, entry, channel, text, reason, now_ms = unpack(ARGV, 4, 9)
if epoch ~= '' and epoch ~= EPOCH then return {'fenced', 'epoch'} end
if #redis.call('XRANGE', COMMANDS, entry, entry) == 0 then return {'done', 'answered'} end
-- First what a right of ours may be missing for: the command stays until it is answered.
if channel ~= '' then redis.call('PUBLISH', channel, text) end
if reason ~= '' then
    redis.call('XADD', DEAD, 'MAXLEN', '~', 10000, '*', 'reason', reason, 'at', now_ms, 'entry', entry,
        'stream', COMMANDS, unpack(ARGV, 10))
end
redis.call('XDEL', COMMANDS, entry)
return {'done'}
