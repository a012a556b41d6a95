-- For everything that waits until the partition is open under the present life of the server.
if lease[2] ~= run then return {'fenced', 'run'} end
local EPOCH = lease[3]
