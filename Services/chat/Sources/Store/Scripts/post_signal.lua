-- Posts a trading signal. An outcome that came first is part of its line, and must be the one that is still parked.
-- SIGNAL string: `m <message id>` or `o <outcome JSON>`   outcome: the one in the line, '' for none
local SIGNAL = unpack(KEYS, 11, 11)
local outcome = unpack(ARGV, 23, 23)
local mark = redis.call('GET', SIGNAL)
local parked = mark and string.sub(mark, 1, 2) == 'o ' and string.sub(mark, 3) or ''
if parked ~= outcome then return {'parked', parked} end

local answered, message = post_line()
redis.call('SET', SIGNAL, 'm ' .. message, 'EX', seconds)
finish(answered)
return {'done'}
