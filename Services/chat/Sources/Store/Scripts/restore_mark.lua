-- Makes it known again what a command answered. KEYS[2] seen string
-- ARGV[3] digest and answer   ARGV[4] seconds it is still kept
local refusal = refused({'hash', 'string'}, true)
if refusal then return refusal end
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
return {'done'}
