-- In front of every script: nothing of a partition is touched for a holder that is the holder no more.
-- STATE hash: token, run, cursor and epoch of the partition
-- kinds: of each key, one letter (ScriptInput.Kind)   token: of the lease   run: id of the server's life
local STATE = unpack(KEYS, 1, 1)
local kinds, token, run = unpack(ARGV, 1, 3)
local KINDS = {h = 'hash', x = 'stream', z = 'zset', s = 'set', t = 'string'}

-- A key of another type would make a later write fail half way, so it is found before the first.
for position, key in ipairs(KEYS) do
    local kind = KINDS[string.sub(kinds, position, position)]
    local actual = kind and redis.call('TYPE', key).ok
    if actual ~= 'none' and actual ~= kind then return {'mistyped', key, actual} end
end
local lease = redis.call('HMGET', STATE, 'token', 'run', 'epoch', 'cursor')
if lease[1] ~= token then return {'fenced', 'token'} end
