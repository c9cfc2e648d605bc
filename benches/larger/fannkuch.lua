-- Fannkuch: for every permutation of nine numbers, how often its head can be turned over until it starts with the least.
local function fannkuch(n)
    local permutation, counts = {}, {}
    for i = 1, n do
        permutation[i] = i
        counts[i] = 1
    end
    local most, checksum, sign = 0, 0, 1
    while true do
        local first = permutation[1]
        if first ~= 1 then
            local q = {}
            for i = 1, n do
                q[i] = permutation[i]
            end
            local flips = 1
            local top = first
            while q[top] ~= 1 do
                local next = q[top]
                q[top] = top
                if top > 3 then
                    local i, j = 2, top - 1
                    while i < j do
                        q[i], q[j] = q[j], q[i]
                        i = i + 1
                        j = j - 1
                    end
                end
                top = next
                flips = flips + 1
            end
            if flips > most then
                most = flips
            end
            checksum = checksum + sign * flips
        end
        -- The next permutation, one exchange at a time with the sign, a rotation every second time.
        if sign == 1 then
            permutation[1], permutation[2] = permutation[2], permutation[1]
            sign = -1
        else
            permutation[2], permutation[3] = permutation[3], permutation[2]
            sign = 1
            local i = 3
            while counts[i] == i do
                counts[i] = 1
                i = i + 1
                if i > n then
                    return checksum, most
                end
                local head = permutation[1]
                for j = 1, i - 1 do
                    permutation[j] = permutation[j + 1]
                end
                permutation[i] = head
            end
            counts[i] = counts[i] + 1
        end
    end
end

local function main()
    local checksum, most = fannkuch(tonumber(arg[1]) or 9)
    print(string.format("%d %d", checksum, most))
end

main()
