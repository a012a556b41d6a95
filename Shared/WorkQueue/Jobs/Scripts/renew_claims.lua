-- Lengthens claims, each only for who holds it.
-- KEYS[1] hash jobs
-- KEYS[2] zset held
-- ARGV length of the claims from now, ms; then for each job its id and the token of the owner
-- Returns for each job 1, or 0 when it belongs to somebody else.
local wrong = expect_all({'hash', 'zset'})
if wrong then return wrong end
local jobs, held = unpack(KEYS, 1, 2)
local claim_ms = unpack(ARGV, 1, 1)
local answers = {}
for at = 2, #ARGV, 2 do
    local id, token = unpack(ARGV, at, at + 1)
    local is_ours = is_held(read_job(redis.call('HGET', jobs, id)), token, held, id)
    if is_ours then redis.call('ZADD', held, whole(now_ms + tonumber(claim_ms)), id) end
    answers[#answers + 1] = is_ours and 1 or 0
end
return answers
