-- For LuaJIT; loops_operators.lua is the same with operators.
local band = require("bit").band

return function(n)
    local total = 0
    for i = 0, n - 1 do
        for j = 0, n - 1 do
            total = total + band(i * j, 255)
        end
    end
    return total
end
