-- Answers a command that was refused before any script: the cursor goes on, nothing else changes.
-- problem: the error as JSON
local problem = unpack(ARGV, 12, 12)
advance()
answer('error - - - 0', problem)
return {'done', 'refused'}
