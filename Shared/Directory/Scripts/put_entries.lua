#!lua
-- Writes users and squads into the directory. Of two versions of one entry the newer stays, so that a late or
-- repeated write changes nothing. Each entry that is written gets the next number of the counter and one entry of
-- `changes`: a reader that sees numbers without a hole has seen everything.
--
-- KEYS[1]  hash    users: id -> JSON
-- KEYS[2]  hash    squads: id -> JSON
-- KEYS[3]  string  the counter: changes ever made
-- KEYS[4]  stream  the changes
-- ARGV[1]  integer about how many changes are kept
-- ARGV[2…] groups of five: type (user or squad), id, version (integer; 0 = only if absent), JSON, and the JSON that must
--          be there now (empty = none; * = any or none)
-- returns  array   per group: 1 written, 0 there was an entry as new or newer, -1 something else was there

-- Everything that can fail comes before the first write: a script is atomic, not transactional.
local wanted = { "hash", "hash", "string", "stream" }
for i = 1, 4 do
    local found = redis.call("TYPE", KEYS[i]).ok
    if found ~= "none" and found ~= wanted[i] then
        return redis.error_reply("WRONGTYPE the directory key " .. KEYS[i] .. " holds a " .. found)
    end
end
local counter = redis.call("GET", KEYS[3])
if counter and not tonumber(counter) then
    return redis.error_reply("ERR the directory key " .. KEYS[3] .. " holds no number")
end
if #ARGV % 5 ~= 1 or not tonumber(ARGV[1]) then
    return redis.error_reply("ERR wrong number of directory fields")
end
for i = 2, #ARGV, 5 do
    if (ARGV[i] ~= "user" and ARGV[i] ~= "squad") or not tonumber(ARGV[i + 2]) then
        return redis.error_reply("ERR malformed directory entry " .. ARGV[i + 1])
    end
end

local answer = {}
for i = 2, #ARGV, 5 do
    local kind, id, version, json = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
    local expected = ARGV[i + 4]
    local key = kind == "user" and KEYS[1] or KEYS[2]
    local present = redis.call("HGET", key, id)
    local newer = true
    if present then
        -- What cannot be read is older than anything: it would otherwise stay for ever.
        local readable, entry = pcall(cjson.decode, present)
        local presentVersion = -1
        if readable and type(entry) == "table" then
            presentVersion = tonumber(entry.version) or 0
        end
        newer = version > presentVersion
    end
    local result = newer and 1 or 0
    if expected ~= "*" and expected ~= (present or "") then result = -1 end
    if result == 1 then
        local number = redis.call("INCR", KEYS[3])
        redis.call("HSET", key, id, json)
        redis.call("XADD", KEYS[4], "MAXLEN", "~", ARGV[1], "*",
            "version", number, "type", kind, "id", id, "json", json)
    end
    answer[#answer + 1] = result
end
return answer
