#!lua flags=allow-oom
-- Registers one socket of a user, forgets those of dead gateways, and closes the oldest above the cap.
-- SOCKETS hash: those of the user, <gateway>/<socket> → ms since 1970   CHANNEL: personal events of the user
-- INBOX stream: the user's; a gateway that does not hear the channel now reads it there
-- socket text: <gateway>/<socket>   cap number: 0 for none   dead_after number: ms after which a socket of a gateway
-- that is not live is forgotten   inbox_length number: entries that an inbox keeps, about   then text: live gateways
-- Returns the number of sockets closed.
local SOCKETS, CHANNEL, INBOX = unpack(KEYS)
local socket, cap, dead_after, inbox_length = unpack(ARGV, 1, 4)
local live = {}
for _, gateway in ipairs({unpack(ARGV, 5)}) do live[gateway] = true end
cap, dead_after = tonumber(cap), tonumber(dead_after)

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('HSETNX', SOCKETS, socket, now) == 1 then redis.call('EXPIRE', SOCKETS, 604800) end
local count = redis.call('HLEN', SOCKETS)
-- Without a cap nobody needs the exact number: what is dead is looked for at every power of two.
if cap == 0 and bit.band(count, count - 1) ~= 0 then return 0 end
local sockets = {}
local all = redis.call('HGETALL', SOCKETS)
for index = 1, #all, 2 do
  local gateway = string.match(all[index], '^(.*)/')
  local since = tonumber(all[index + 1]) or 0
  -- A gateway that has just started may be unknown to the asking one; its sockets are young.
  if live[gateway] or now - since < dead_after then
    sockets[#sockets + 1] = {all[index], since}
  else
    redis.call('HDEL', SOCKETS, all[index])
  end
end
if cap == 0 or #sockets <= cap then return 0 end
table.sort(sockets, function(left, right)
  if left[2] ~= right[2] then return left[2] < right[2] end
  -- Of sockets of one millisecond the one that asks is the newest.
  if left[1] == socket or right[1] == socket then return right[1] == socket and left[1] ~= socket end
  return left[1] < right[1]
end)
for index = 1, #sockets - cap do
  local gateway, name = string.match(sockets[index][1], '^(.*)/([^/]*)$')
  local json = cjson.encode({
    gateway = gateway, socket = name, code = 4408, reason = 'replaced by a newer connection'})
  redis.call('HDEL', SOCKETS, sockets[index][1])
  local id = redis.call('XADD', INBOX, 'MAXLEN', '~', inbox_length, '*', 'event', 'close_socket', 'json', json)
  redis.call('SPUBLISH', CHANNEL, 'close_socket ' .. id .. '\n' .. json)
end
return #sockets - cap
