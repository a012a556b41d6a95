-- Puts messages back as the archive holds them, with the reactions to them.
-- MESSAGES hash: id → JSON   INDEX sorted set: id → seq   CHANGED sorted set: id → seq of its last change
-- REACTED hash: id → its reactions as the two fields
-- From the 6th key on the REACTIONS hash of each of them, then of messages that are forgotten. Who reacted one by one is
-- left in the archive: `archived` says so.
-- anew: '1' to forget first what Redis holds   From the 5th argument on, five of each message: seq, id, JSON, reactions and
-- the seq of its last change
local MESSAGES, INDEX, CHANGED, REACTED = unpack(KEYS, 2, 5)
local anew = unpack(ARGV, 4, 4)
if anew == '1' then redis.call('DEL', MESSAGES, INDEX, CHANGED, REACTED) end
for position = 6, #KEYS do
    local REACTIONS = unpack(KEYS, position, position)
    redis.call('UNLINK', REACTIONS)
end
local next_key = 6
for position = 5, #ARGV, 5 do
    local seq, message, json, reactions, changed = unpack(ARGV, position, position + 4)
    local REACTIONS = unpack(KEYS, next_key, next_key)
    next_key = next_key + 1
    redis.call('HSET', MESSAGES, message, json)
    redis.call('ZADD', INDEX, seq, message)
    if tonumber(changed) > tonumber(seq) then redis.call('ZADD', CHANGED, changed, message) end
    if reactions ~= '' then
        redis.call('HSET', REACTED, message, reactions)
        redis.call('HSET', REACTIONS, 'archived', '1')
    elseif tonumber(changed) > tonumber(seq) then
        -- The log may tell of reactions that were all taken back: then nobody's is on it, which is not the same as not known.
        redis.call('HSET', REACTED, message, '"reactions":{},"reaction_counts":{}')
    else
        redis.call('HDEL', REACTED, message)
    end
end
return {'done'}
