-- In front of every script that applies one command (ScriptLibrary puts the parts together).
-- KEYS[1] state    hash    token, run, cursor and epoch of the partition
-- KEYS[2] commands stream  holds the entry that is being applied
-- KEYS[3] events   stream  the outbox
-- ARGV[1] token    ARGV[2] run id of the server    ARGV[3] cursor expected    ARGV[4] id of the entry
-- ARGV[5] reply channel or ''   ARGV[6] correlation token   ARGV[7] rights as bits
-- ARGV[8] room id or ''         ARGV[9] acting user, '' for the suite itself
-- ARGV[10] most entries the outbox may hold
local STATE, COMMANDS, EVENTS = KEYS[1], KEYS[2], KEYS[3]
local TOKEN, RUN, CURSOR, ENTRY = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local EPOCH  -- of the partition, once `refused` has passed
local REPLY, RE, RIGHTS, ROOM_ID, ACTOR, BOUND = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], tonumber(ARGV[10])

-- The refusal of a holder that is no longer the holder, or nil. `kinds` names the type of each key; a key of
-- another type would make a later write fail half way, so it is found before the first.
local function refused(kinds)
    for position, kind in ipairs(kinds) do
        if kind ~= 'channel' then
            local actual = redis.call('TYPE', KEYS[position]).ok
            if actual ~= 'none' and actual ~= kind then return {'mistyped', KEYS[position], actual} end
        end
    end
    local held = redis.call('HMGET', STATE, 'token', 'run', 'cursor', 'epoch')
    if held[1] ~= TOKEN then return {'fenced', 'token'} end
    if held[2] ~= RUN then return {'fenced', 'run'} end
    if held[3] ~= CURSOR then return {'fenced', 'cursor'} end
    EPOCH = held[4]
end

local function advance()
    redis.call('HSET', STATE, 'cursor', ENTRY)
    redis.call('XDEL', COMMANDS, ENTRY)
end

-- Answers a person's command with an error; a command of the suite itself goes to the dead letters instead,
-- by a script of its own.
local function refuse(code, message)
    if ACTOR == '' then return {'discard', code} end
    advance()
    if REPLY ~= '' then
        redis.call('PUBLISH', REPLY, RE .. ' error - - - 0\n{"code":"' .. code .. '","message":"' .. message .. '"}\n')
    end
    return {'done', code}
end

local function outboxIsFull() return redis.call('XLEN', EVENTS) >= BOUND end

-- A person hears that the suite is busy; a command of the suite itself waits in its stream.
local function busy()
    if ACTOR == '' then return {'busy'} end
    return refuse('busy', 'The squad is very busy. Try again in a moment.')
end

local function reply(epoch, seq, body)
    if REPLY == '' then return end
    redis.call('PUBLISH', REPLY, RE .. ' ok ' .. ROOM_ID .. ' ' .. epoch .. ' ' .. seq .. ' ' .. RIGHTS .. '\n' .. body)
end
