-- Records what became of attempts, each only for who holds the job.
-- KEYS[1] hash   jobs
-- KEYS[2] zset   held
-- KEYS[3] zset   due
-- KEYS[4] stream dead letters
-- KEYS[5…] for each job: hash of the ended jobs of its group
-- ARGV for all: seconds for which an end is remembered; the queue, for dead letters; the stream that takes those again
-- ARGV for each job: its id; its name in the group; token of the owner; the new state: sent, failed, unknown or skipped
--   end it, planned puts it aside for later, sending too, because it may have happened; wait until then, ms; reason;
--   1, or 0 when nothing was tried, so that taking it was no attempt
-- Returns for each job 1, or 0 when it belongs to somebody else.
local wrong = expect_all({'hash', 'zset', 'zset', 'stream'})
if wrong then return wrong end
for index = 5, #KEYS do
    wrong = expect(KEYS[index], 'hash')
    if wrong then return wrong end
end
local jobs, held, due, dead = unpack(KEYS, 1, 4)
local lifetime_s, source, replay_to = unpack(ARGV, 1, 3)

local function set_aside(id, job, state, wait_ms, reason)
    job.state, job.reason, job.token = state, reason, '-'
    redis.call('HSET', jobs, id, write_job(job))
    redis.call('ZADD', due, whole(now_ms + tonumber(wait_ms)), id)
end

local function bury(id, job, reason)
    redis.call('XADD', dead, 'MAXLEN', '~', 10000, '*', 'reason', reason, 'source', source, 'entry', id,
        'at', whole(now_ms), 'replay_to', replay_to, 'field.id', id, 'field.payload', job.payload)
end

local answers = {}
local key = 5
for at = 4, #ARGV, 7 do
    local id, member, token, state, wait_ms, reason, is_attempt = unpack(ARGV, at, at + 6)
    local ended = KEYS[key]
    key = key + 1
    local job = read_job(redis.call('HGET', jobs, id))
    if not is_held(job, token, held, id) then
        answers[#answers + 1] = 0
    else
        if is_attempt == '0' then job.attempts = math.max(0, job.attempts - 1) end
        if state == 'planned' or state == 'sending' then
            set_aside(id, job, state, wait_ms, reason)
        else
            if state ~= 'sent' and state ~= 'skipped' then bury(id, job, reason) end
            redis.call('HSET', ended, member, state .. ' ' .. job.attempts .. ' ' .. job.repeats .. ' '
                .. whole(now_ms) .. ' ' .. reason)
            redis.call('EXPIRE', ended, lifetime_s)
            redis.call('HDEL', jobs, id)
        end
        redis.call('ZREM', held, id)
        answers[#answers + 1] = 1
    end
end
return answers
