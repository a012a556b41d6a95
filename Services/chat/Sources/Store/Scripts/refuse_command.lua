-- Answers a command that was refused before any script: the cursor goes on, nothing else changes.
-- ARGV[11] the error as JSON
local refusal = refused({'hash', 'stream', 'stream'})
if refusal then return refusal end
advance()
if REPLY ~= '' then redis.call('PUBLISH', REPLY, RE .. ' error - - - 0\n' .. ARGV[11] .. '\n') end
return {'done', 'refused'}
