-- Claims jobs for one owner and begins them: their effect may happen from now on. A job that is begun already was cut
-- off in the middle: it gets one more try, counted; after that nobody can know, and its owner ends it.
-- KEYS[1] hash jobs
-- KEYS[2] list waiting
-- KEYS[3] zset held: job id -> end of the claim, ms since 1970
-- ARGV most jobs to take; token of the owner, new for every look; length of the claim, ms; how often a job may be
--   repeated although it may have happened
-- Returns the ids that wait still, and for each job taken, oldest first: its id, payload, attempts, repeats, and 1 when
-- it was cut off too often.
local wrong = expect_all({'hash', 'list', 'zset'})
if wrong then return wrong end
local jobs, waiting, held = unpack(KEYS, 1, 3)
local count, token, claim_ms, most_repeats = unpack(ARGV, 1, 4)
local answer = {0}
for _, id in ipairs(redis.call('RPOP', waiting, count) or {}) do
    local job = read_job(redis.call('HGET', jobs, id))
    -- Without a record it ended while it waited.
    if job then
        local is_spent = job.state == 'sending' and job.repeats >= tonumber(most_repeats)
        if not is_spent then
            if job.state == 'sending' then job.repeats = job.repeats + 1 end
            job.attempts = job.attempts + 1
            job.state = 'sending'
        end
        job.token = token
        redis.call('HSET', jobs, id, write_job(job))
        redis.call('ZADD', held, whole(now_ms + tonumber(claim_ms)), id)
        answer[#answer + 1] = {id, job.payload, job.attempts, job.repeats, is_spent and 1 or 0}
    end
end
answer[1] = redis.call('LLEN', waiting)
return answer
