-- In front of every script: nothing of a partition is touched for a holder that is the holder no more.
-- STATE hash: token, run, cursor and epoch of the partition
-- kinds: of each key, one letter (ScriptInput.Kind)   token: of the lease   run: id of the server's life
local STATE = unpack(KEYS, 1, 1)
local kinds, token, run = unpack(ARGV, 1, 3)
local KINDS = {h = 'hash', x = 'stream', z = 'zset', s = 'set', t = 'string'}

local function mistyped(key) return {'mistyped', key, redis.call('TYPE', key).ok} end

-- The refusal of a key that is there and has another type, or nil.
local function other_type(key, kind)
    local actual = redis.call('TYPE', key).ok
    if actual ~= 'none' and actual ~= kind then return {'mistyped', key, actual} end
end

-- A key of another type would make a later write fail half way, so it is found before the first. A key without a
-- letter that says its kind is read before the first write: that finds it too.
local lease = redis.pcall('HMGET', STATE, 'token', 'run', 'epoch', 'cursor')
if lease.err then return mistyped(STATE) end
for position = 1, #kinds do
    local kind = KINDS[string.sub(kinds, position, position)]
    local refusal = kind and other_type(unpack(KEYS, position, position), kind)
    if refusal then return refusal end
end
if lease[1] ~= token then return {'fenced', 'token'} end
