-- Lists: the sieve of Eratosthenes up to five million.
local function count_primes(limit)
    local is_prime = {}
    for i = 1, limit do
        is_prime[i] = true
    end
    is_prime[1] = false
    local i = 2
    while i * i <= limit do
        if is_prime[i] then
            for j = i * i, limit, i do
                is_prime[j] = false
            end
        end
        i = i + 1
    end
    local count = 0
    for i = 1, limit do
        if is_prime[i] then
            count = count + 1
        end
    end
    return count
end

print(count_primes(tonumber(arg[1]) or 5000000))
