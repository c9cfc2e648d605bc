-- Sieve: the primes up to 5,000 by the sieve of Eratosthenes.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local harness = require("harness")

local sieve = setmetatable({name = "Sieve"}, harness.Benchmark)

function sieve:benchmark()
    local flags = {}
    for i = 1, 5000 do
        flags[i] = true
    end
    return self:sieve(flags, 5000)
end

function sieve:verify_result(result)
    return result == 669
end

function sieve:sieve(flags, size)
    local prime_count = 0
    for i = 2, size do
        if flags[i - 1] then
            prime_count = prime_count + 1
            local k = i + i
            while k <= size do
                flags[k - 1] = false
                k = k + i
            end
        end
    end
    return prime_count
end

harness.run(sieve, 2000)
