-- Makes it known again what a command answered, or which outcome waits for its signal.
-- KEYS[2] seen or signal string: what is there already is at least as new
-- ARGV[3] its value   ARGV[4] seconds it is still kept
local refusal = refused({'hash', 'string'}, true)
if refusal then return refusal end
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4], 'NX')
return {'done'}
