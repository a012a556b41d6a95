#!lua
-- Brings back to the ready list what is due: retries whose wait is over, and jobs whose owner let the claim run out.
-- KEYS[1] zset   scheduled
-- KEYS[2] zset   claims
-- KEYS[3] hash   owners
-- KEYS[4] list   ready
-- ARGV[1] integer most of each kind to move at once
-- Returns {retries moved, abandoned claims moved, length of the ready list}.
for index, wanted in ipairs({'zset', 'zset', 'hash', 'list'}) do
    local found = redis.call('TYPE', KEYS[index]).ok
    if found ~= 'none' and found ~= wanted then return redis.error_reply('WRONGTYPE key ' .. index .. ' is a ' .. found) end
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(due) do
    redis.call('ZREM', KEYS[1], id)
    redis.call('LPUSH', KEYS[4], id)
end
local abandoned = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(abandoned) do
    redis.call('ZREM', KEYS[2], id)
    redis.call('HDEL', KEYS[3], id)
    redis.call('RPUSH', KEYS[4], id)
end
return {#due, #abandoned, redis.call('LLEN', KEYS[4])}
