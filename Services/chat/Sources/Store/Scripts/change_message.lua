-- Puts another JSON in the place of a message's, unless it is not the one any more that the other was computed from.
-- version: of that one, '' when there is none yet   changed: the other JSON   event: the name of what happened
-- said: the event as JSON after its seq, '' when it is the message itself   flags: of the event
local version, changed, event, said, flags = unpack(ARGV, 22, 26)
local json = message_json(message) or archived_json
if version ~= redis.sha1hex(json) then return held(message, json) end
if outbox_is_full() then return busy() end

local seq = room.seq + 1
local answered = '{"message_id":"' .. message .. '","seq":' .. seq .. '}'
local told = said == '' and changed or '{"seq":' .. seq .. ',' .. said
record({name = event, message = message, user = actor == '' and 'SYSTEM' or actor, flags = flags, json = told,
    logged = said == '' and '' or told, id = command_id, digest = digest, answer = answered, at = now_ms,
    published = said == '' and reactions_now and with_reactions(changed, reactions_now), state = changed})
keep(changed)
finish(answered)
return {'done'}
