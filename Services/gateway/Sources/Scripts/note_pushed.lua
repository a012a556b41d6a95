#!lua
-- Notes how far a user's inbox was given to a page; never goes back.
-- KEYS[1] string  id of the last entry given
-- ARGV[1] text    id of the entry given now
-- ARGV[2] number  seconds the note is kept
-- Returns 1 when it is further than before.
local function parts(id)
  local ms, number = string.match(id or '', '^(%d+)-(%d+)$')
  return tonumber(ms or 0), tonumber(number or 0)
end
local known_ms, known_number = parts(redis.call('GET', KEYS[1]))
local ms, number = parts(ARGV[1])
if ms < known_ms or (ms == known_ms and number <= known_number) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
