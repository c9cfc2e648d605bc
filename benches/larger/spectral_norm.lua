-- Spectral norm: the largest singular value of a matrix whose items are computed when they are needed.
local function item(i, j)
    local ij = i + j
    return 1.0 / (ij * (ij + 1) / 2 + i + 1)
end

local function multiply(v)
    local result = {}
    for i = 1, #v do
        local sum = 0.0
        for j = 1, #v do
            sum = sum + item(i - 1, j - 1) * v[j]
        end
        result[i] = sum
    end
    return result
end

local function multiply_transposed(v)
    local result = {}
    for i = 1, #v do
        local sum = 0.0
        for j = 1, #v do
            sum = sum + item(j - 1, i - 1) * v[j]
        end
        result[i] = sum
    end
    return result
end

local function main()
    local size = tonumber(arg[1]) or 500
    local u = {}
    for i = 1, size do
        u[i] = 1.0
    end
    local v = u
    for _ = 1, 10 do
        v = multiply_transposed(multiply(u))
        u = multiply_transposed(multiply(v))
    end
    local uv, vv = 0.0, 0.0
    for i = 1, size do
        uv = uv + u[i] * v[i]
        vv = vv + v[i] * v[i]
    end
    print(string.format("%.9f", math.sqrt(uv / vv)))
end

main()
