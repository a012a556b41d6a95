-- Opens a partition under the present life of the server, after its rooms were restored if need be.
-- COMMANDS stream   EVENTS stream   group: the notifier's   epoch: the new one, or the one that goes on
-- opening: the mark of this opening, its number, a space, the token
-- Answers the cursor after which commands are to be read.
local COMMANDS, EVENTS = unpack(KEYS, 2, 3)
local group, epoch, opening = unpack(ARGV, 4, 6)
local cursor = redis.call('HGET', STATE, 'cursor') or '0-0'
local made = redis.pcall('XGROUP', 'CREATE', EVENTS, group, '0', 'MKSTREAM')
if made.err and string.sub(made.err, 1, 9) ~= 'BUSYGROUP' then return made end
redis.call('HSET', STATE, 'run', run, 'epoch', epoch, 'cursor', cursor, 'opening', opening)
return {'done', cursor}
