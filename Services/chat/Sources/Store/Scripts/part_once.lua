-- For commands that change something: applied before, one is answered as it was then; the same id with other content
-- is a conflict.
-- SEEN string: what the command answered
-- digest: of its content   seconds: how long the answer is kept   now_ms: the time   command_id: the author's
local SEEN = unpack(KEYS, 9, 9)
local digest, seconds, now_ms, command_id = unpack(ARGV, 12, 15)
do
    local seen = room and redis.call('GET', SEEN)
    if seen then
        if string.sub(seen, 1, 64) ~= digest then
            return refuse('conflict', 'This id was used before for something else.')
        end
        advance()
        reply(room.epoch, room.seq, string.sub(seen, 66))
        return {'done', 'repeated'}
    end
end

-- The end of a command with this answer: the mark and the cursor last, then everybody hears of it.
local function finish(text)
    redis.call('SET', SEEN, digest .. '\n' .. text, 'EX', seconds)
    advance()
    publish_all()
    reply(room.epoch, room.seq, text)
end
