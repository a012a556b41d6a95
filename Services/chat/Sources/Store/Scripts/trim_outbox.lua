-- Lets go of events that every reader has passed. EVENTS stream   first_kept: the first id that must stay
local EVENTS = unpack(KEYS, 2, 2)
local first_kept = unpack(ARGV, 4, 4)
return {'done', redis.call('XTRIM', EVENTS, 'MINID', first_kept)}
