-- For Lua; loops_bit.lua is the same for LuaJIT, which cannot read the operators on bits.
return function(n)
    local total = 0
    for i = 0, n - 1 do
        for j = 0, n - 1 do
            total = total + ((i * j) & 255)
        end
    end
    return total
end
