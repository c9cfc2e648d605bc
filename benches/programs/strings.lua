-- Strings and dicts: half a million words are built, joined, split again and counted.
local function build(length)
    local words = {}
    local seed = 42
    for i = 1, length do
        seed = (seed * 3877 + 29573) % 139968
        words[i] = "word" .. (seed % 5003)
    end
    return table.concat(words, " ")
end

local function count(text)
    local counts = {}
    for word in string.gmatch(text, "%S+") do
        counts[word] = (counts[word] or 0) + 1
    end
    return counts
end

local function commonest(counts)
    local best = ""
    local most = 0
    local different = 0
    for word, n in pairs(counts) do
        different = different + 1
        if n > most or (n == most and word < best) then
            best = word
            most = n
        end
    end
    return best, most, different
end

local function run(length)
    local text = build(length)
    local counts = count(text)
    local word, n, different = commonest(counts)
    print(string.format("%d %d %s %d", #text, different, word, n))
end

run(tonumber(arg[1]) or 500000)
