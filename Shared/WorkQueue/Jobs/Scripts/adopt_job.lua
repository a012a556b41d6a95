-- Takes over one job as earlier releases kept it: a hash of its own, with its id in `ready`, `claims` or `scheduled`.
-- What is left of the hash only says for its remaining days that the name is known.
-- KEYS[1] hash the job as it was kept
-- KEYS[2] list ready
-- KEYS[3] zset claims
-- KEYS[4] hash owners
-- KEYS[5] zset scheduled
-- KEYS[6] hash jobs
-- KEYS[7] list waiting
-- KEYS[8] zset due
-- ARGV the job's id
-- Returns 1 when it goes on, 0 when it had ended, or a worker of the earlier release has it in hand.
local wrong = expect_all({'hash', 'list', 'zset', 'hash', 'zset', 'hash', 'list', 'zset'})
if wrong then return wrong end
local former, ready, claims, owners, scheduled, jobs, waiting, due = unpack(KEYS, 1, 8)
local id = unpack(ARGV, 1, 1)
local due_ms, claimed_until_ms = redis.call('ZSCORE', scheduled, id), redis.call('ZSCORE', claims, id)
if claimed_until_ms and tonumber(claimed_until_ms) > now_ms then return 0 end
if redis.call('LREM', ready, -1, id) == 0 and not claimed_until_ms and not due_ms then return 0 end
redis.call('ZREM', claims, id)
redis.call('HDEL', owners, id)
redis.call('ZREM', scheduled, id)
local state, attempts, repeats, reason, payload =
    unpack(redis.call('HMGET', former, 'state', 'attempts', 'repeats', 'reason', 'payload'), 1, 5)
if (state ~= 'planned' and state ~= 'sending') or not payload then return 0 end
redis.call('HSET', jobs, id, write_job({
    state = state, attempts = tonumber(attempts), repeats = tonumber(repeats), token = '-',
    reason = string.gsub(reason or '', '\n', ' '), payload = payload,
}))
if due_ms then redis.call('ZADD', due, due_ms, id) else redis.call('LPUSH', waiting, id) end
redis.call('HSET', former, 'state', 'adopted')
redis.call('HDEL', former, 'payload')
return 1
