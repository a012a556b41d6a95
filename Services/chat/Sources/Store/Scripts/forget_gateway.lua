-- Takes a gateway that is gone off the list, once none of its sockets is left.
-- GATEWAYS set   SOCKETS set: those of the gateway
local GATEWAYS, SOCKETS = unpack(KEYS, 2, 3)
local gateway = unpack(ARGV, 4, 4)
if redis.call('SCARD', SOCKETS) == 0 then redis.call('SREM', GATEWAYS, gateway) end
return {'done'}
