-- Posts a trading signal. An outcome that came first is part of it at once.
-- SIGNAL string: `m <message id>` or `o <outcome JSON>`
local SIGNAL = unpack(KEYS, 11, 11)
local MARK = '"metadata":{"type":"trading_signal","outcome":'
local parked = redis.call('GET', SIGNAL)
if parked and string.sub(parked, 1, 2) == 'o ' then
    local _, last = string.find(line, MARK, 1, true)
    if last then line = string.sub(line, 1, last) .. string.sub(parked, 3) .. string.sub(line, last + 5) end
end

local answered, message = post_line()
redis.call('SET', SIGNAL, 'm ' .. message, 'EX', seconds)
finish(answered)
return {'done'}
