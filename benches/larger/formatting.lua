-- Formatting: the lines of a table, with numbers in all forms, aligned and padded.
local NAMES = {"apple", "banana", "cherry", "date", "elderberry"}

local format = string.format

local function make_line(i, seed)
    local name = NAMES[seed % 5 + 1]
    local price = seed / 128
    return format(
        "%6d %-12s|%10.2f|%08d 0x%04x %12.3e %s-%d-%d", i, name, price, seed, seed, price * i, name:sub(1, 3), i, seed)
end

local function main()
    local count = tonumber(arg[1]) or 300000
    local seed = 42
    local length, checksum = 0, 0
    local line = ""
    for i = 0, count - 1 do
        seed = (seed * 3877 + 29573) % 139968
        line = make_line(i, seed)
        length = length + #line
        checksum = (checksum * 3 + #format("%d:%d", seed, i) + #format("%g", seed / 8)) % 1000003
    end
    print(format("%d %d %s", length, checksum, line))
end

main()
