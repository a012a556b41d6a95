-- Makes a membership known again. KEYS[2] members hash   KEYS[3] joined set
-- ARGV[3] room   ARGV[4] user   ARGV[5] the member as JSON, '' for one who is no member any more
local refusal = refused({'hash', 'hash', 'set'}, true)
if refusal then return refusal end
if ARGV[5] == '' then
    redis.call('HDEL', KEYS[2], ARGV[4])
    redis.call('SREM', KEYS[3], ARGV[3])
else
    redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
    redis.call('SADD', KEYS[3], ARGV[3])
end
return {'done'}
