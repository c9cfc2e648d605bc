-- Exceptions: a million raised in one function and caught in another.
local function fail(n)
    error({ value = n })
end

local function run(rounds)
    local total = 0
    for i = 0, rounds - 1 do
        local ok, e = pcall(fail, i)
        if not ok then
            total = total + e.value % 4
        end
    end
    return total
end

print(run(tonumber(arg[1]) or 1000000))
