-- Lets go of events that every reader has passed. KEYS[2] events stream   ARGV[3] first id that must stay
local refusal = refused({'hash', 'stream'})
if refusal then return refusal end
return {'done', redis.call('XTRIM', KEYS[2], 'MINID', ARGV[3])}
