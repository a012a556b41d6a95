-- Opens a partition under the present life of the server, after its rooms were restored.
-- KEYS[2] commands stream   KEYS[3] events stream   ARGV[3] the notifier's group   ARGV[4] the new epoch
-- Answers the cursor after which commands are to be read.
local refusal = refused({'hash', 'stream', 'stream'}, true)
if refusal then return refusal end
local cursor = redis.call('HGET', STATE, 'cursor') or '0-0'
local made = redis.pcall('XGROUP', 'CREATE', KEYS[3], ARGV[3], '0', 'MKSTREAM')
if made.err and string.sub(made.err, 1, 9) ~= 'BUSYGROUP' then return made end
redis.call('HSET', STATE, 'run', RUN, 'epoch', ARGV[4], 'cursor', cursor)
return {'done', cursor}
