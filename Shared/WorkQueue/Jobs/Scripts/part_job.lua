-- The head of every script of the jobs: guards, Redis' clock, and how one job is written down.
--
-- An active job is one field of the hash `jobs`: `<state> <attempts> <repeats> <updated> <token>`, the last failure on
-- the second line, and the payload after it. An ended job is one field of the hash of its group, without a payload:
-- `<state> <attempts> <repeats> <updated> <reason>`.

-- What is refused here has changed nothing: call it before the first write.
local function expect(key, wanted)
    local found = redis.call('TYPE', key).ok
    if found == 'none' or found == wanted then return nil end
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found)
end

local function expect_all(kinds)
    for index, wanted in ipairs(kinds) do
        local wrong = expect(KEYS[index], wanted)
        if wrong then return wrong end
    end
end

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local function whole(number) return string.format('%.0f', number) end

local function read_job(record)
    if not record then return nil end
    local state, attempts, repeats, updated_ms, token, reason, payload =
        string.match(record, '^(%a+) (%d+) (%d+) (%d+) (%S+)\n([^\n]*)\n(.*)$')
    return {
        state = state, attempts = tonumber(attempts), repeats = tonumber(repeats), updated_ms = updated_ms,
        token = token, reason = reason, payload = payload,
    }
end

local function write_job(job)
    return job.state .. ' ' .. job.attempts .. ' ' .. job.repeats .. ' ' .. whole(now_ms) .. ' ' .. job.token .. '\n'
        .. job.reason .. '\n' .. job.payload
end

-- Who was frozen and wakes finds the claim gone, or another's token.
local function is_held(job, token, held, id)
    return job ~= nil and job.token == token and redis.call('ZSCORE', held, id) ~= false
end
