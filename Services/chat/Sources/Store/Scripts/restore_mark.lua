-- Makes it known again what a command answered, or which outcome waits for its signal.
-- MARK string: what is there already is at least as new   value: its text   seconds: how long it is still kept
local MARK = unpack(KEYS, 2, 2)
local value, seconds = unpack(ARGV, 4, 5)
redis.call('SET', MARK, value, 'EX', seconds, 'NX')
return {'done'}
