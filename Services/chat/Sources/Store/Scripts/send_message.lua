-- Posts a person's message.
-- timestamp: now, RFC 3339   line: the message after its epoch   reply_to: the message replied to, or ''
-- archived: '1' when the archive holds that message, '0' when it does not, '' when it was not asked
local timestamp, line, reply_to, archived = unpack(ARGV, 16, 19)
if not room then return refuse('unknown_room', 'There is no such room.') end
if reply_to ~= '' and archived ~= '1' and redis.call('HEXISTS', MESSAGES, reply_to) == 0 then
    if room.trimmed > 0 and archived == '' then return {'archive'} end
    return refuse('message_not_found', 'The message you reply to does not exist.')
end
if outbox_is_full() then return busy() end

finish((post(line, timestamp, now_ms, actor, command_id, digest)))
return {'done'}
