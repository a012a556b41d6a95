-- Makes a room known again that Redis lost; it is opened, with its messages, at its first use.
-- KEYS[2] room hash   KEYS[3] rooms set   ARGV[3] room   ARGV[4] name as JSON string   ARGV[5] squad
-- ARGV[6] created, ms
local refusal = refused({'hash', 'hash', 'set'}, true)
if refusal then return refusal end
if redis.call('EXISTS', KEYS[2]) == 0 then
    redis.call('HSET', KEYS[2], 'epoch', '-', 'seq', 0, 'trimmed', 0, 'epochs', '', 'name', ARGV[4],
        'squad', ARGV[5], 'created', ARGV[6])
end
redis.call('SADD', KEYS[3], ARGV[3])
return {'done'}
