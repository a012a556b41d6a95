-- Puts events back into a room's log. KEYS[2] log stream
-- ARGV[3] '1': forget what the log holds first   ARGV[4]… seq, event, message, user, flags, json of each
-- Events at or below the log's last stay as they are.
local refusal = refused({'hash', 'stream'})
if refusal then return refusal end
if ARGV[3] == '1' then redis.call('DEL', KEYS[2]) end
-- An attempt that was interrupted left its events here: XADD would refuse them for ever.
local last = 0
if redis.call('EXISTS', KEYS[2]) == 1 then
    local facts = redis.call('XINFO', 'STREAM', KEYS[2])
    for position = 1, #facts, 2 do
        if facts[position] == 'last-generated-id' then last = tonumber(string.match(facts[position + 1], '^%d+')) end
    end
end
for position = 4, #ARGV, 6 do
    if tonumber(ARGV[position]) > last then
        redis.call('XADD', KEYS[2], ARGV[position] .. '-0', 'event', ARGV[position + 1], 'message',
            ARGV[position + 2], 'user', ARGV[position + 3], 'flags', ARGV[position + 4], 'json', ARGV[position + 5])
    end
end
return {'done'}
