-- Puts messages back as the archive holds them. KEYS[2] messages hash   KEYS[3] index zset   KEYS[4] changed zset
-- ARGV[3] '1': forget what Redis holds first   ARGV[4]… seq, id, JSON of each
local refusal = refused({'hash', 'hash', 'zset', 'zset'})
if refusal then return refusal end
if ARGV[3] == '1' then redis.call('DEL', KEYS[2], KEYS[3], KEYS[4]) end
for position = 4, #ARGV, 3 do
    redis.call('HSET', KEYS[2], ARGV[position + 1], ARGV[position + 2])
    redis.call('ZADD', KEYS[3], ARGV[position], ARGV[position + 1])
end
return {'done'}
