-- Puts events back into a room's log. Events at or below the log's last stay as they are.
-- LOG stream   anew: '1' to forget first what the log holds
-- From the 5th argument on, six of each event: seq, event, message, user, flags, json
local LOG = unpack(KEYS, 2, 2)
local anew = unpack(ARGV, 4, 4)
if anew == '1' then redis.call('DEL', LOG) end
-- An attempt that was interrupted left its events here: XADD would refuse them for ever.
local last = 0
if redis.call('EXISTS', LOG) == 1 then
    local facts = redis.call('XINFO', 'STREAM', LOG)
    for position = 1, #facts, 2 do
        if facts[position] == 'last-generated-id' then last = tonumber(string.match(facts[position + 1], '^%d+')) end
    end
end
for position = 5, #ARGV, 6 do
    local seq, event, message, user, flags, json = unpack(ARGV, position, position + 5)
    if tonumber(seq) > last then
        redis.call('XADD', LOG, seq .. '-0', 'event', event, 'message', message, 'user', user, 'flags', flags, 'json', json)
    end
end
return {'done'}
