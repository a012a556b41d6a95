-- Brings back to those that wait what is due: jobs whose time has come, and jobs whose owner let the claim run out.
-- KEYS[1] zset due
-- KEYS[2] zset held
-- KEYS[3] list waiting
-- ARGV most of each kind to move at once
-- Returns {due jobs moved, abandoned jobs moved, jobs that wait now}.
local wrong = expect_all({'zset', 'zset', 'list'})
if wrong then return wrong end
local due, held, waiting = unpack(KEYS, 1, 3)
local most = unpack(ARGV, 1, 1)

local function move(from, push)
    local ids = redis.call('ZRANGEBYSCORE', from, '-inf', whole(now_ms), 'LIMIT', 0, most)
    for _, id in ipairs(ids) do
        redis.call('ZREM', from, id)
        redis.call(push, waiting, id)
    end
    return #ids
end

local later = move(due, 'LPUSH')
-- They have waited once: they go before the others.
local abandoned = move(held, 'RPUSH')
return {later, abandoned, redis.call('LLEN', waiting)}
