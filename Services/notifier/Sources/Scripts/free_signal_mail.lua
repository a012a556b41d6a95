#!lua flags=allow-oom
-- Lets another signal be mailed to a user before the interval is over: the one that had the right to it was not mailed.
-- KEYS[1] string the last signal that was mailed to the user
-- ARGV the notification's id
-- Returns 1, or 0 when the right is another's or nobody's.
local signal_mail = unpack(KEYS, 1, 1)
local notification = unpack(ARGV, 1, 1)
local found = redis.call('TYPE', signal_mail).ok
if found ~= 'none' and found ~= 'string' then
    return redis.error_reply('WRONGTYPE ' .. signal_mail .. ' is a ' .. found)
end
if redis.call('GET', signal_mail) ~= notification then return 0 end
redis.call('DEL', signal_mail)
return 1
