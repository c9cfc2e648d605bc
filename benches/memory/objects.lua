-- Makes many objects of one kind and keeps them all: what they take is the difference that run.py finds in the peak.
local Point = {}
Point.__index = Point

function Point.new(x, y, z)
    return setmetatable({x = x, y = y, z = z}, Point)
end

-- A tuple is a table, as a list is.
local MAKERS = {
    ["nil"] = function(i) return false end,
    int = function(i) return i + 1000 end,
    float = function(i) return i + 0.5 end,
    string = function(i) return string.format("string %07d", i) end,
    tuple = function(i) return {i, i} end,
    list = function(i) return {i, i} end,
    instance = function(i) return Point.new(i, i, i) end,
    closure = function(i) return function() return i end end,
}

local function fill(count, make)
    local items = {}
    for i = 1, count do
        items[i] = make(i)
    end
    return items
end

-- Keys that are no indices of an array, as the others' dicts have none either.
local function fill_dict(count)
    local items = {}
    for i = 1, count do
        items[-i] = i
    end
    return items
end

local function main()
    local kind = arg[1]
    local count = tonumber(arg[2])
    if kind == "nothing" then
        return nil
    end
    if kind == "dict" then
        return fill_dict(count)
    end
    return fill(count, MAKERS[kind])
end

print(string.format("%d", main() and tonumber(arg[2]) or 0))
