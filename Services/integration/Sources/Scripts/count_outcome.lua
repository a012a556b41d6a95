#!lua
-- Counts how often a result became the newest of its signal: one that comes back after another is news, one that is
-- said again is not.
-- RESULTS hash: last: digest of the newest; d:<digest>: how often it became that; e:<entry>: what an entry counted as;
--   entries: how many there were; r:<place>: entry and digest in that place of the last 200
-- digest: of this result   entry: of the stream, which may be read again   seconds: how long it is remembered
local RESULTS = unpack(KEYS)
local digest, entry, seconds = unpack(ARGV, 1, 3)
-- Ours alone: what somebody else has put in its place must not stop the engine's stream.
if redis.call('TYPE', RESULTS).ok ~= 'hash' then redis.call('DEL', RESULTS) end
local times = redis.call('HGET', RESULTS, 'e:' .. entry)
if times then return tonumber(times) end
if redis.call('HGET', RESULTS, 'last') == digest then
    times = redis.call('HGET', RESULTS, 'd:' .. digest) or 1
else
    times = redis.call('HINCRBY', RESULTS, 'd:' .. digest, 1)
    redis.call('HSET', RESULTS, 'last', digest)
end
-- A signal of which something is said without end must not grow here without end: what was said longest ago goes.
local place = 'r:' .. redis.call('HINCRBY', RESULTS, 'entries', 1) % 200
local old_entry, old_digest = string.match(redis.call('HGET', RESULTS, place) or '', '^(%S+) (%S+)$')
if old_entry then redis.call('HDEL', RESULTS, 'e:' .. old_entry) end
if old_digest and old_digest ~= digest then redis.call('HDEL', RESULTS, 'd:' .. old_digest) end
redis.call('HSET', RESULTS, place, entry .. ' ' .. digest, 'e:' .. entry, times)
redis.call('EXPIRE', RESULTS, seconds)
return tonumber(times)
