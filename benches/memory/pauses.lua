-- Pauses: beside a million objects that live, short-lived ones are made, and the longest round is shown in milliseconds
-- of processor time. A round makes so little that what sticks out is the collector's work.
local clock = os.clock

local Node = {}
Node.__index = Node

function Node.new(value, next)
    return setmetatable({value = value, next = next}, Node)
end

local function make_live(count)
    local heads = {}
    local node
    for i = 0, count - 1 do
        node = Node.new(i, i % 100 ~= 0 and node or nil)
        if i % 100 == 99 then
            heads[#heads + 1] = node
        end
    end
    return heads
end

local function longest_round(rounds)
    local longest = 0
    local before = clock()
    for _ = 1, rounds do
        for j = 1, 100 do
            Node.new(j, nil)
        end
        local now = clock()
        local took = now - before
        if took > longest then
            longest = took
        end
        before = now
    end
    return longest
end

local function main()
    local count = tonumber(arg[1]) or 1000000
    local live = make_live(count)
    local longest = longest_round(math.floor(count / 20))
    print(string.format("%.3f", longest * 1000))
    return live
end

main()
