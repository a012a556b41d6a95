#!lua
-- Counts how often a result became the newest of its signal: one that comes back after another is news, one that is
-- said again is not.
-- RESULTS hash: last: digest of the newest; d:<digest>: how often it became that; e:<entry>: what an entry counted as
-- digest: of this result   entry: of the stream, which may be read again   seconds: how long it is remembered
local RESULTS = unpack(KEYS)
local digest, entry, seconds = unpack(ARGV, 1, 3)
-- Ours alone: what somebody else has put in its place must not stop the engine's stream.
if redis.call('TYPE', RESULTS).ok ~= 'hash' then redis.call('DEL', RESULTS) end
local times = redis.call('HGET', RESULTS, 'e:' .. entry)
if times then return tonumber(times) end
if redis.call('HGET', RESULTS, 'last') == digest then
    times = redis.call('HGET', RESULTS, 'd:' .. digest)
else
    times = redis.call('HINCRBY', RESULTS, 'd:' .. digest, 1)
    redis.call('HSET', RESULTS, 'last', digest)
end
-- Nobody corrects a result so often; one that is said without end must not grow here without end.
if redis.call('HLEN', RESULTS) < 500 then redis.call('HSET', RESULTS, 'e:' .. entry, times) end
redis.call('EXPIRE', RESULTS, seconds)
return tonumber(times)
