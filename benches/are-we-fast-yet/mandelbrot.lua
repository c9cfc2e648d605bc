-- Mandelbrot: a picture of the set, its bytes combined by exclusive or. The iterations are the picture's size.
-- What computes it is in a file of its own, for LuaJIT cannot read the operators on bits that Lua 5.4 has.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local harness = require("harness")
local compute = require(_VERSION >= "Lua 5.3" and "mandelbrot_operators" or "mandelbrot_bit")

local mandelbrot = setmetatable({name = "Mandelbrot"}, harness.Benchmark)

function mandelbrot:inner_benchmark_loop(inner_iterations)
    local result = compute(inner_iterations)
    if not self:verify_result(result, inner_iterations) then
        error("Mandelbrot: wrong result " .. result .. " for size " .. inner_iterations)
    end
    return result
end

function mandelbrot:verify_result(result, inner_iterations)
    if inner_iterations == 500 then
        return result == 191
    elseif inner_iterations == 750 then
        return result == 50
    elseif inner_iterations == 1 then
        return result == 128
    end
    error("the result for size " .. inner_iterations .. " is not known")
end

harness.run(mandelbrot, 750)
