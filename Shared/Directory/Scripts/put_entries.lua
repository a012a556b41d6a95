#!lua
-- Writes users and squads into the directory. Of two versions of one entry the newer stays, so that a late or
-- repeated write changes nothing. Each entry that is written gets the next number of the counter and one entry of
-- `changes`: a reader that sees numbers without a hole has seen everything.
--
-- USERS hash, SQUADS hash: id -> JSON   COUNTER string: changes ever made   CHANGES stream
-- kept: about how many changes are kept   then groups of five: type (user or squad), id, version (integer; 0 = only if
-- absent), JSON, and the JSON that must be there now (empty = none; * = any or none)
-- Returns per group: 1 written, 0 there was an entry as new or newer, -1 something else was there.
local USERS, SQUADS, COUNTER, CHANGES = unpack(KEYS)
local kept = unpack(ARGV, 1, 1)

-- Everything that can fail comes before the first write: a script is atomic, not transactional.
for index, wanted in ipairs({ "hash", "hash", "string", "stream" }) do
    local KEY = unpack(KEYS, index, index)
    local found = redis.call("TYPE", KEY).ok
    if found ~= "none" and found ~= wanted then
        return redis.error_reply("WRONGTYPE the directory key " .. KEY .. " holds a " .. found)
    end
end
local counter = redis.call("GET", COUNTER)
if counter and not tonumber(counter) then
    return redis.error_reply("ERR the directory key " .. COUNTER .. " holds no number")
end
if #ARGV % 5 ~= 1 or not tonumber(kept) then
    return redis.error_reply("ERR wrong number of directory fields")
end
for place = 2, #ARGV, 5 do
    local kind, id, version = unpack(ARGV, place, place + 2)
    if (kind ~= "user" and kind ~= "squad") or not tonumber(version) then
        return redis.error_reply("ERR malformed directory entry " .. id)
    end
end

local answer = {}
for place = 2, #ARGV, 5 do
    local kind, id, version, json, expected = unpack(ARGV, place, place + 4)
    local key = kind == "user" and USERS or SQUADS
    local present = redis.call("HGET", key, id)
    local newer = true
    if present then
        -- What cannot be read is older than anything: it would otherwise stay for ever.
        local readable, entry = pcall(cjson.decode, present)
        local presentVersion = -1
        if readable and type(entry) == "table" then
            presentVersion = tonumber(entry.version) or 0
        end
        newer = tonumber(version) > presentVersion
    end
    local result = newer and 1 or 0
    if expected ~= "*" and expected ~= (present or "") then result = -1 end
    if result == 1 then
        local number = redis.call("INCR", COUNTER)
        redis.call("HSET", key, id, json)
        redis.call("XADD", CHANGES, "MAXLEN", "~", kept, "*",
            "version", number, "type", kind, "id", id, "json", json)
    end
    answer[#answer + 1] = result
end
return answer
