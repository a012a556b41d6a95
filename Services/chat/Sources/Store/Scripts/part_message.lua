-- For scripts that hand a message out to be changed by Swift.

-- The present JSON and its version: what is computed from it is refused when the version has moved.
local function held(message, json) return {'held', message, redis.sha1hex(json), json} end
