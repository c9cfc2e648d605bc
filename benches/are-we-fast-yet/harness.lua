-- What the benchmarks share: the loop that runs and checks them, and their own random numbers.
local Benchmark = {}
Benchmark.__index = Benchmark

function Benchmark:benchmark()
    error("not implemented")
end

function Benchmark:verify_result(result)
    error("not implemented")
end

function Benchmark:describe(result)
    return string.format("%d", result)
end

-- Runs the benchmark so many times, checks each result, and returns the last one.
function Benchmark:inner_benchmark_loop(inner_iterations)
    local result
    for _ = 1, inner_iterations do
        result = self:benchmark()
        if not self:verify_result(result) then
            error(self.name .. ": wrong result " .. tostring(result))
        end
    end
    return result
end

local Random = {}
Random.__index = Random

function Random.new()
    return setmetatable({seed = 74755}, Random)
end

function Random:next()
    self.seed = (self.seed * 1309 + 13849) % 65536
    return self.seed
end

-- An argument of the program is the iterations instead of those that it wants to have.
local function run(benchmark, inner_iterations)
    local result = benchmark:inner_benchmark_loop(tonumber(arg[1]) or inner_iterations)
    print(benchmark.name .. ": " .. benchmark:describe(result))
end

return {Benchmark = Benchmark, Random = Random, run = run}
