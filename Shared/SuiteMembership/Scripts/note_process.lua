#!lua flags=allow-oom
-- Notes that a process lives: a beat takes the place of the one before, and must come through when Redis is full.
-- SERVICES hash: process → what it says of itself
-- process text: its field   record text: JSON
local SERVICES = unpack(KEYS)
local process, record = unpack(ARGV)
redis.call('HSET', SERVICES, process, record)
return 1
