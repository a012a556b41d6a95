#!lua
-- Takes ids out of the ready list for one owner, for a limited time.
-- KEYS[1] list   ready
-- KEYS[2] zset   claims: job id -> end of the claim, ms since 1970
-- KEYS[3] hash   owners: job id -> token
-- ARGV[1] integer most ids to take
-- ARGV[2] string  token of the owner, new for every claim
-- ARGV[3] integer length of the claim, ms
-- Returns the ids taken, oldest first.
for index, wanted in ipairs({'list', 'zset', 'hash'}) do
    local found = redis.call('TYPE', KEYS[index]).ok
    if found ~= 'none' and found ~= wanted then return redis.error_reply('WRONGTYPE key ' .. index .. ' is a ' .. found) end
end
local time = redis.call('TIME')
local until_ms = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3])
local ids = redis.call('RPOP', KEYS[1], ARGV[1])
if not ids then return {} end
for _, id in ipairs(ids) do
    redis.call('ZADD', KEYS[2], string.format('%.0f', until_ms), id)
    redis.call('HSET', KEYS[3], id, ARGV[2])
end
return ids
