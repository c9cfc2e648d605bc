-- Coroutines: a chain of them through which numbers run, one that walks a tree, and one that is sent values.
local wrap, yield, floor = coroutine.wrap, coroutine.yield, math.floor

local function numbers(count)
    return wrap(function()
        local seed = 42
        for _ = 1, count do
            seed = (seed * 3877 + 29573) % 139968
            yield(seed)
        end
    end)
end

local function only_even(source)
    return wrap(function()
        for x in source do
            if x % 2 == 0 then
                yield(x)
            end
        end
    end)
end

local function pairs_of(source)
    return wrap(function()
        local before = 0
        for x in source do
            yield(before, x)
            before = x
        end
    end)
end

local Node = {}
Node.__index = Node

function Node.new(value)
    return setmetatable({value = value}, Node)
end

function Node:insert(value)
    if value < self.value then
        if not self.left then
            self.left = Node.new(value)
        else
            self.left:insert(value)
        end
    elseif not self.right then
        self.right = Node.new(value)
    else
        self.right:insert(value)
    end
end

-- One coroutine walks the whole tree, for a function that it calls may yield as well.
function Node:walk()
    if self.left then
        self.left:walk()
    end
    yield(self.value)
    if self.right then
        self.right:walk()
    end
end

local function averages()
    return wrap(function()
        local total, count, average = 0, 0, 0
        while true do
            local x = yield(average)
            total = total + x
            count = count + 1
            average = floor(total / count)
        end
    end)
end

local function main()
    local count = tonumber(arg[1]) or 1000000
    local rising = 0
    for before, x in pairs_of(only_even(numbers(count))) do
        if before < x then
            rising = rising + 1
        end
    end

    local root = Node.new(70000)
    for x in numbers(floor(count / 20)) do
        root:insert(x)
    end
    local checksum = 0
    for x in wrap(function() root:walk() end) do
        checksum = (checksum * 7 + x) % 1000003
    end

    local running = averages()
    running()
    local average = 0
    for x in numbers(count) do
        average = running(x)
    end
    print(string.format("%d %d %d", rising, checksum, average))
end

main()
