#!lua
-- Registers one socket of a user, forgets those of dead gateways, and closes the oldest above the cap.
-- KEYS[1] hash     sockets of the user: <gateway>/<socket> → ms since 1970
-- KEYS[2] channel  personal events of the user
-- KEYS[3] stream   the user's inbox: a gateway that does not hear the channel now reads it there
-- ARGV[1] text    <gateway>/<socket>
-- ARGV[2] number  the cap, 0 for none
-- ARGV[3] number  ms after which a socket of a gateway that is not live is forgotten
-- ARGV[4…] text   the live gateways
-- Returns the number of sockets closed.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local live = {}
for index = 4, #ARGV do live[ARGV[index]] = true end
if redis.call('HSETNX', KEYS[1], ARGV[1], now) == 1 then redis.call('EXPIRE', KEYS[1], 604800) end
local cap = tonumber(ARGV[2])
local count = redis.call('HLEN', KEYS[1])
-- Without a cap nobody needs the exact number: what is dead is looked for at every power of two.
if cap == 0 and bit.band(count, count - 1) ~= 0 then return 0 end
local sockets = {}
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  local gateway = string.match(all[index], '^(.*)/')
  local since = tonumber(all[index + 1]) or 0
  -- A gateway that has just started may be unknown to the asking one; its sockets are young.
  if live[gateway] or now - since < tonumber(ARGV[3]) then
    sockets[#sockets + 1] = {all[index], since}
  else
    redis.call('HDEL', KEYS[1], all[index])
  end
end
if cap == 0 or #sockets <= cap then return 0 end
table.sort(sockets, function(left, right)
  if left[2] ~= right[2] then return left[2] < right[2] end
  -- Of sockets of one millisecond the one that asks is the newest.
  if left[1] == ARGV[1] or right[1] == ARGV[1] then return right[1] == ARGV[1] and left[1] ~= ARGV[1] end
  return left[1] < right[1]
end)
for index = 1, #sockets - cap do
  local gateway, socket = string.match(sockets[index][1], '^(.*)/([^/]*)$')
  local json = cjson.encode({
    gateway = gateway, socket = socket, code = 4408, reason = 'replaced by a newer connection'})
  redis.call('HDEL', KEYS[1], sockets[index][1])
  local id = redis.call('XADD', KEYS[3], 'MAXLEN', '~', 500, '*', 'event', 'close_socket', 'json', json)
  redis.call('SPUBLISH', KEYS[2], 'close_socket ' .. id .. '\n' .. json)
end
return #sockets - cap
