#!lua
-- Notes which trade a signal_id names: who uses it first has it.
-- SIGNAL hash: trade: symbol and side; other: of the last signal that was refused for using the same id
-- trade: of this signal   seconds: how long it is remembered
-- Returns the trade that has the id.
local SIGNAL = unpack(KEYS)
local trade, seconds = unpack(ARGV, 1, 2)
-- Ours alone: what somebody else has put in its place must not stop the engine's stream.
if redis.call('TYPE', SIGNAL).ok ~= 'hash' then redis.call('DEL', SIGNAL) end
local first = redis.call('HGET', SIGNAL, 'trade')
if not first then
    redis.call('HSET', SIGNAL, 'trade', trade)
    -- From the first use on, as chat remembers its signal: neither a repeat nor a refusal may keep the id for ever.
    redis.call('EXPIRE', SIGNAL, seconds)
elseif first ~= trade then
    redis.call('HSET', SIGNAL, 'other', trade)
end
return first or trade
