#!lua flags=allow-oom
-- Adds up the signals that were trimmed before we were given them. What Redis knows of it begins anew with a group.
-- ACCOUNT hash: passed: entries that the group was never given; at: when that was looked up, ms; lost: the sum
-- passed, at_ms: of this look
-- Returns the sum, and how much of it is new.
local ACCOUNT = unpack(KEYS)
local passed, at_ms = unpack(ARGV, 1, 2)
local found = redis.call('TYPE', ACCOUNT).ok
if found ~= 'none' and found ~= 'hash' then
    return redis.error_reply('WRONGTYPE ' .. ACCOUNT .. ' is a ' .. found)
end
local before, before_ms, lost = unpack(redis.call('HMGET', ACCOUNT, 'passed', 'at', 'lost'), 1, 3)
lost = tonumber(lost or 0)
-- Another process has looked later and answered sooner.
if before_ms and tonumber(at_ms) < tonumber(before_ms) then return {lost, 0} end
local new = math.max(0, tonumber(passed) - tonumber(before or passed))
redis.call('HSET', ACCOUNT, 'passed', passed, 'at', at_ms, 'lost', lost + new)
return {lost + new, new}
