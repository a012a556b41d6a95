-- For scripts that apply one command.
-- COMMANDS stream: holds the entry that is being applied   EVENTS stream: the outbox
-- cursor: where it must be   entry: its id   channel: where the answer goes, or ''   correlation: the asker's token
-- rights: of the asker, as bits   room_id: or ''   actor: the asking user, '' for the suite itself
-- bound: most entries the outbox may hold
local COMMANDS, EVENTS = unpack(KEYS, 2, 3)
local cursor, entry, channel, correlation, rights, room_id, actor, bound = unpack(ARGV, 4, 11)
if lease[4] ~= cursor then return {'fenced', 'cursor'} end

-- The cursor goes on; an entry that stays is to be answered yet, beside the pipeline.
local function pass() redis.call('HSET', STATE, 'cursor', entry) end

local function advance()
    pass()
    redis.call('XDEL', COMMANDS, entry)
end

local function answer(verdict, body)
    if channel ~= '' then redis.call('PUBLISH', channel, correlation .. ' ' .. verdict .. '\n' .. body .. '\n') end
end

local function reply(epoch, seq, body)
    answer('ok ' .. room_id .. ' ' .. epoch .. ' ' .. seq .. ' ' .. rights, body)
end

-- Answers a person's command with an error; a command of the suite itself goes to the dead letters instead,
-- by a script of its own.
local function refuse(code, message)
    if actor == '' then return {'discard', code} end
    advance()
    answer('error - - - 0', '{"code":"' .. code .. '","message":"' .. message .. '"}')
    return {'done', code}
end

local function outbox_is_full() return redis.call('XLEN', EVENTS) >= tonumber(bound) end

-- A person hears that the suite is busy; a command of the suite itself waits in its stream.
local function busy()
    if actor == '' then return {'busy'} end
    return refuse('busy', 'The squad is very busy. Try again in a moment.')
end
