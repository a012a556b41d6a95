#!lua
-- Appends one entry of work, unless too much is waiting: work is never trimmed, its writer is refused.
-- WORK stream   bound number: entries that may wait   then fields and values
-- Returns the entry's id, or the error BUSY. Whatever else the key holds, XLEN refuses it before anything is written.
local WORK = unpack(KEYS)
local bound = unpack(ARGV, 1, 1)
if redis.call('XLEN', WORK) >= tonumber(bound) then
    return redis.error_reply('BUSY ' .. WORK .. ' has ' .. bound .. ' entries waiting')
end
return redis.call('XADD', WORK, '*', unpack(ARGV, 2))
