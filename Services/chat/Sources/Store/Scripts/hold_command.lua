-- Puts a command of the suite itself at the end of its stream: something is full, and what stands behind it may not wait.
-- lap: the round that it is on   then field and value of the entry
local lap = unpack(ARGV, 12, 12)
redis.call('XADD', COMMANDS, '*', 'lap', lap, unpack(ARGV, 13))
advance()
return {'done', 'held'}
