-- For commands that change something: applied before, one is answered as it was then; the same id with other content
-- is a conflict.
-- SEEN string: what the command answered
-- digest: of its content   seconds: how long the answer is kept   now_ms: the time   command_id: the author's
local SEEN = unpack(KEYS, 9, 9)
local digest, seconds, now_ms, command_id = unpack(ARGV, 12, 15)
local repeated  -- what a command of before answered, when it was kept without its end: the script puts that to it
do
    local seen = room and redis.call('GET', SEEN)
    if seen then
        if string.sub(seen, 1, 64) ~= digest then
            return refuse('conflict', 'This id was used before for something else.')
        end
        repeated = string.sub(seen, 66)
        if string.sub(repeated, -1) == '}' then
            advance()
            reply(room.epoch, room.seq, repeated)
            return {'done', 'repeated'}
        end
    end
end

-- The end of a command with this answer: the mark and the cursor last, then everybody hears of it. `rest` is its end that
-- is not kept, when the present state says it again; `lifetime` of the mark is another than usual.
local function finish(text, rest, lifetime)
    redis.call('SET', SEEN, digest .. '\n' .. text, 'EX', lifetime or seconds)
    advance()
    publish_all()
    reply(room.epoch, room.seq, text .. (rest or ''))
end
