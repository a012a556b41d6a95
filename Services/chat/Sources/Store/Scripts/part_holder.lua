-- In front of what the holder of a partition does outside any command.
-- KEYS[1] state hash   ARGV[1] token   ARGV[2] run id of the server
local STATE, TOKEN, RUN = KEYS[1], ARGV[1], ARGV[2]
local EPOCH  -- of the partition, once `refused` has passed

-- `anyRun`: also before the partition is open under the present life of the server.
local function refused(kinds, anyRun)
    for position, kind in ipairs(kinds) do
        if kind ~= 'channel' then
            local actual = redis.call('TYPE', KEYS[position]).ok
            if actual ~= 'none' and actual ~= kind then return {'mistyped', KEYS[position], actual} end
        end
    end
    local held = redis.call('HMGET', STATE, 'token', 'run', 'epoch')
    if held[1] ~= TOKEN then return {'fenced', 'token'} end
    if not anyRun and held[2] ~= RUN then return {'fenced', 'run'} end
    EPOCH = held[3]
end
