-- Closures: functions made in a loop, that share and change what they captured.
local function make_counter(step)
    local count = 0
    return function()
        count = count + step
        return count
    end
end

local function compose(f, g)
    return function(x)
        return f(g(x))
    end
end

local function run(rounds)
    local total = 0
    for i = 0, rounds - 1 do
        local counter = make_counter(i % 7)
        counter()
        counter()
        counter()
        total = total + counter()
        local twice_and_more = compose(function(x) return x + i end, function(x) return x * 2 end)
        total = total + twice_and_more(3) % 16
    end
    return total
end

print(run(tonumber(arg[1]) or 500000))
