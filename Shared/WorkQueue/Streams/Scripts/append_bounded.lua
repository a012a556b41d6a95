-- Appends entries of work, in order, until too much is waiting: work is never trimmed, its writer is refused.
-- WORK stream   bound number: entries that may wait   then of each entry the number of its words, and fields and values
-- Returns how many were appended. Whatever else the key holds, XLEN refuses it before anything is written.
local WORK = unpack(KEYS)
local bound = unpack(ARGV, 1, 1)
local free, appended, position = tonumber(bound) - redis.call('XLEN', WORK), 0, 2
while position <= #ARGV and appended < free do
    local words = unpack(ARGV, position, position)
    redis.call('XADD', WORK, '*', unpack(ARGV, position + 1, position + words))
    appended, position = appended + 1, position + words + 1
end
return appended
