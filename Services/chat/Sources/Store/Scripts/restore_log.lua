-- Puts events back into a room's log. KEYS[2] log stream
-- ARGV[3] '1': forget what the log holds first   ARGV[4]… seq, event, message, user, flags, json of each
local refusal = refused({'hash', 'stream'})
if refusal then return refusal end
if ARGV[3] == '1' then redis.call('DEL', KEYS[2]) end
for position = 4, #ARGV, 6 do
    redis.call('XADD', KEYS[2], ARGV[position] .. '-0', 'event', ARGV[position + 1], 'message', ARGV[position + 2],
        'user', ARGV[position + 3], 'flags', ARGV[position + 4], 'json', ARGV[position + 5])
end
return {'done'}
