#!lua flags=allow-oom
-- Notes how far a user's inbox was given to a page; never goes back.
-- PUSHED string: id of the last entry given
-- id text: of the entry given now   seconds number: how long the note is kept
-- Returns 1 when it is further than before.
local PUSHED = unpack(KEYS)
local id, seconds = unpack(ARGV)
local function parts(id)
  local ms, number = string.match(id or '', '^(%d+)-(%d+)$')
  return tonumber(ms or 0), tonumber(number or 0)
end
local known_ms, known_number = parts(redis.call('GET', PUSHED))
local ms, number = parts(id)
if ms < known_ms or (ms == known_ms and number <= known_number) then return 0 end
redis.call('SET', PUSHED, id, 'EX', seconds)
return 1
