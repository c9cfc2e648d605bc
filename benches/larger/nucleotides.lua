-- Nucleotides: pieces of some lengths of a long text of four letters are counted in tables.
local function make_sequence(length)
    local letters = {}
    local seed = 42
    for i = 1, length do
        seed = (seed * 3877 + 29573) % 139968
        letters[i] = seed < 42400 and "a" or seed < 70100 and "c" or seed < 97700 and "g" or "t"
    end
    return table.concat(letters)
end

local function count_pieces(sequence, length)
    local counts = {}
    for i = 1, #sequence - length + 1 do
        local piece = sequence:sub(i, i + length - 1)
        counts[piece] = (counts[piece] or 0) + 1
    end
    return counts
end

local function ranked(counts)
    local items = {}
    for piece, count in pairs(counts) do
        items[#items + 1] = {piece, count}
    end
    table.sort(items, function(a, b)
        if a[2] == b[2] then
            return a[1] < b[1]
        end
        return a[2] > b[2]
    end)
    return items
end

local function main()
    local sequence = make_sequence(tonumber(arg[1]) or 250000)
    local found = {}
    for _, length in ipairs({1, 2, 3, 4, 6, 12}) do
        local first = ranked(count_pieces(sequence, length))[1]
        found[#found + 1] = string.format("%s:%d", first[1], first[2])
    end
    local counts = count_pieces(sequence, 18)
    local different = 0
    for _ in pairs(counts) do
        different = different + 1
    end
    found[#found + 1] = tostring(different)
    for _, piece in ipairs({"ggtattttaatttatagt", "gaa", sequence:sub(101, 118)}) do
        found[#found + 1] = tostring(counts[piece] or 0)
    end
    print(table.concat(found, " "))
end

main()
