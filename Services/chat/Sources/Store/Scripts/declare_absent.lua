-- Says that a user left, once, when the grace after the last socket is over.
-- KEYS[2] room hash   KEYS[3] online hash   KEYS[4] live channel   KEYS[5] absent zset
-- ARGV[3] now, ms   ARGV[4] room   ARGV[5] user   ARGV[6] `user_left` as JSON
local refusal = refused({'hash', 'hash', 'hash', 'channel', 'zset'})
if refusal then return refusal end
local member = ARGV[4] .. ' ' .. ARGV[5]
local due = redis.call('ZSCORE', KEYS[5], member)
if not due or tonumber(due) > tonumber(ARGV[3]) then return {'done', 'early'} end
local sockets = redis.call('HGET', KEYS[3], ARGV[5])
local epoch = redis.call('HGET', KEYS[2], 'epoch') or '-'
redis.call('ZREM', KEYS[5], member)
if sockets ~= '' then return {'done', 'present'} end  -- came back, or was removed from the room
redis.call('HDEL', KEYS[3], ARGV[5])
redis.call('SPUBLISH', KEYS[4], 'user_left ' .. ARGV[4] .. ' ' .. epoch .. ' - - ' .. ARGV[5] .. '\n' .. ARGV[6])
return {'done', 'absent'}
