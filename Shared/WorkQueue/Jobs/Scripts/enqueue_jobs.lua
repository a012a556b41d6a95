-- Adds jobs, each unless its name is known: the name makes a repeat harmless for as long as the end is remembered.
-- KEYS[1] hash jobs
-- KEYS[2] list waiting: job ids, taken from the right
-- KEYS[3] zset due: job id -> when, ms since 1970
-- KEYS[4…] for each job: hash of the ended jobs of its group, hash under which an earlier release kept it
-- ARGV for all: most ids that may wait, seconds for which an end is remembered
-- ARGV for each job: its id; its name in the group; payload; when it may begin, ms since 1970, 0 = at once; why it is
--   not to be done at all, empty = it is; 1|0 whether an end without success is forgotten
-- Returns for each job 1 added, 0 known already, -1 no room.
local wrong = expect_all({'hash', 'list', 'zset'})
if wrong then return wrong end
for index = 4, #KEYS do
    wrong = expect(KEYS[index], 'hash')
    if wrong then return wrong end
end
local jobs, waiting, due = unpack(KEYS, 1, 3)
local bound, lifetime_s = unpack(ARGV, 1, 2)

local function has_failed(state) return state == 'failed' or state == 'unknown' end

local function is_known(id, member, ended, former, again)
    if redis.call('HEXISTS', jobs, id) == 1 then return true end
    local ending = redis.call('HGET', ended, member)
    if ending and not (again == '1' and has_failed(string.match(ending, '^%a+'))) then return true end
    local state = redis.call('HGET', former, 'state')
    -- What was adopted has gone on here: its end, looked at above, counts.
    return state ~= false and not (again == '1' and (has_failed(state) or state == 'adopted'))
end

local answers = {}
local key = 4
for at = 3, #ARGV, 6 do
    local id, member, payload, begin_ms, skipped, again = unpack(ARGV, at, at + 5)
    local ended, former = unpack(KEYS, key, key + 1)
    key = key + 2
    begin_ms = tonumber(begin_ms)
    local is_later = begin_ms > now_ms
    if is_known(id, member, ended, former, again) then
        answers[#answers + 1] = 0
    elseif skipped ~= '' then
        redis.call('HSET', ended, member, 'skipped 0 0 ' .. whole(now_ms) .. ' ' .. skipped)
        redis.call('EXPIRE', ended, lifetime_s)
        answers[#answers + 1] = 1
    elseif redis.call(is_later and 'ZCARD' or 'LLEN', is_later and due or waiting) >= tonumber(bound) then
        answers[#answers + 1] = -1
    else
        redis.call('HDEL', ended, member)
        if again == '1' then redis.call('DEL', former) end
        redis.call('HSET', jobs, id, write_job({
            state = 'planned', attempts = 0, repeats = 0, token = '-', reason = '', payload = payload,
        }))
        if is_later then redis.call('ZADD', due, whole(begin_ms), id) else redis.call('LPUSH', waiting, id) end
        answers[#answers + 1] = 1
    end
end
return answers
