-- Moves a key out of the way that has another type than the one we give it.
-- DAMAGED key: one without a type of its own is gone already   ASIDE key: where it goes, for an operator to look at
-- found: the type that it was found to have
local DAMAGED, ASIDE = unpack(KEYS, 2, 3)
local found = unpack(ARGV, 4, 4)
local refusal = other_type(DAMAGED, found)
if refusal then return refusal end
if redis.call('EXISTS', ASIDE) == 1 then return mistyped(ASIDE) end
if redis.call('EXISTS', DAMAGED) == 1 then redis.call('RENAME', DAMAGED, ASIDE) end
return {'done'}
