#!lua
-- Appends one command to a partition, unless too many wait: work is refused at its bound, never trimmed.
-- KEYS[1] stream  commands of the partition
-- ARGV[1] number  the bound
-- ARGV[2…] text   field, value, field, value …
-- Returns the entry's id, or an error whose code is BUSY.
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then
  return redis.error_reply('BUSY too many commands wait')
end
return redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
