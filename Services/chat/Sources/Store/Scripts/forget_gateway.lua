-- Takes a gateway that is gone off the list, once none of its sockets is left.
-- KEYS[2] gateways set   KEYS[3] sockets set   ARGV[3] gateway
local refusal = refused({'hash', 'set', 'set'})
if refusal then return refusal end
if redis.call('SCARD', KEYS[3]) == 0 then redis.call('SREM', KEYS[2], ARGV[3]) end
return {'done'}
