-- Nested loops over integers: sixteen million rounds of a multiplication, a mask and a sum.
local function run(n)
    local total = 0
    for i = 0, n - 1 do
        for j = 0, n - 1 do
            total = total + ((i * j) & 255)
        end
    end
    return total
end

print(run(4000))
