#!lua
-- Gives a notification to a user once: into the inbox, where a page that opens later finds it, and to the open sockets.
-- KEYS[1] stream  the user's inbox
-- KEYS[2] zset    what was given: mark -> when, ms since 1970
-- KEYS[3] string  the mark as earlier releases kept it
-- KEYS[4] channel the user's live events
-- ARGV event; the notification's id; the name of its text, empty = an earlier release planned it and stored none; JSON
--   without line breaks; entries the inbox keeps, about; the notification's mark; lifetime of marks, seconds
-- Returns the entry's id, or nil when it was given before.
local inbox, given, formerly_given, live = unpack(KEYS, 1, 4)
local event, notification, notice, json, inbox_length, mark, lifetime_s = unpack(ARGV, 1, 7)
for key, wanted in pairs({[inbox] = 'stream', [given] = 'zset'}) do
    local found = redis.call('TYPE', key).ok
    if found ~= 'none' and found ~= wanted then return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found) end
end
if redis.call('ZSCORE', given, mark) or redis.call('EXISTS', formerly_given) == 1 then return false end
local fields = {'event', event, 'id', notification, 'notice', notice}
if notice == '' then fields = {'event', event, 'json', json} end
local id = redis.call('XADD', inbox, 'MAXLEN', '~', inbox_length, '*', unpack(fields))
local now_ms = tonumber(string.match(id, '^%d+'))
redis.call('ZREMRANGEBYSCORE', given, '-inf', string.format('%.0f', now_ms - tonumber(lifetime_s) * 1000))
redis.call('ZADD', given, string.format('%.0f', now_ms), mark)
redis.call('EXPIRE', given, lifetime_s)
redis.call('SPUBLISH', live, event .. ' ' .. id .. '\n' .. json)
return id
