-- Nested loops over integers: sixteen million rounds of a multiplication, a mask and a sum.
-- What computes it is in a file of its own, for LuaJIT cannot read the operators on bits that Lua 5.4 has.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local run = require(_VERSION >= "Lua 5.3" and "loops_operators" or "loops_bit")

print(run(tonumber(arg[1]) or 4000))
