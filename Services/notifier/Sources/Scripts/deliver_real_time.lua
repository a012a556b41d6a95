#!lua
-- Gives a notification to a user once: into the inbox, where a page that opens later finds it, and to the open sockets.
-- KEYS[1] stream  the user's inbox
-- KEYS[2] string  mark: this notification was given
-- KEYS[3] channel the user's live events
-- ARGV[1] string  event
-- ARGV[2] bytes   JSON without line breaks
-- ARGV[3] integer entries the inbox keeps, about
-- ARGV[4] integer lifetime of the mark, seconds
-- Returns the entry's id, or nil when it was given before.
local inbox_type = redis.call('TYPE', KEYS[1]).ok
if inbox_type ~= 'none' and inbox_type ~= 'stream' then
    return redis.error_reply('WRONGTYPE the inbox is a ' .. inbox_type)
end
if redis.call('EXISTS', KEYS[2]) == 1 then return false end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'event', ARGV[1], 'json', ARGV[2])
redis.call('SET', KEYS[2], id, 'EX', ARGV[4])
redis.call('SPUBLISH', KEYS[3], ARGV[1] .. ' ' .. id .. '\n' .. ARGV[2])
return id
