-- Finds the message of a signal whose outcome came; parks the outcome when the signal is not there yet.
-- SIGNAL string: `m <message id>` or `o <outcome JSON>`
-- parked_seconds: how long an outcome waits   outcome: as JSON   signal: its id
-- archived: '1' when the archive holds the message, whose id and json follow; '0' when it does not, '' when it was not
-- asked
local SIGNAL = unpack(KEYS, 10, 10)
local parked_seconds, outcome, signal, archived, archived_id, archived_json = unpack(ARGV, 16, 21)

-- The outbox carries it into the archive: it was acknowledged, so an emptied Redis must get it back.
local function park()
    if outbox_is_full() then return busy() end
    redis.call('XADD', EVENTS, '*', 'event', 'outcome_parked', 'room', room_id, 'epoch', '-', 'seq', 0,
        'user', 'SYSTEM', 'at', now_ms, 'json', outcome, 'signal', signal)
    redis.call('SET', SIGNAL, 'o ' .. outcome, 'EX', parked_seconds)
    advance()
    reply(room and room.epoch or '-', room and room.seq or '-', '{"parked":true}')
    return {'done', 'parked'}
end
if not room then return park() end  -- no room, no signal yet

local mark = redis.call('GET', SIGNAL)
local message = mark and string.sub(mark, 1, 2) == 'm ' and string.sub(mark, 3)
local json = message and message_json(message)
if json then return held(message, json) end
if archived == '' and (message or room.trimmed > 0 or not mark) then return {'archive'} end
if archived ~= '1' then return park() end
-- The archive knows which message it is; what Redis holds of it is at least as new.
return held(archived_id, message_json(archived_id) or archived_json)
