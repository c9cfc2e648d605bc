-- Sorting: half a million records by a number that each has, then by a text that is computed.
local Person = {}
Person.__index = Person

function Person.new(number, name, income)
    return setmetatable({number = number, name = name, income = income}, Person)
end

local function make_people(count)
    local people = {}
    local seed = 42
    for i = 1, count do
        seed = (seed * 1103515 + 12345) % 2147483
        people[i] = Person.new(i, string.format("Name%d", seed % 99991), seed * 1000003 % 19999999)
    end
    return people
end

-- A list sorted by keys that are computed once for each item, for table.sort calls its function for each comparison.
local function sorted_by(list, key)
    local keys, sorted = {}, {}
    for i, item in ipairs(list) do
        keys[item] = key(item)
        sorted[i] = item
    end
    table.sort(sorted, function(a, b) return keys[a] < keys[b] end)
    return sorted
end

local function main()
    local people = make_people(tonumber(arg[1]) or 500000)
    local middle = math.floor(#people / 2) + 1
    table.sort(people, function(a, b) return a.income < b.income end)
    local first, central, last = people[1].income, people[middle].income, people[#people].income
    local by_name = sorted_by(people, function(person) return person.name:lower() end)
    print(string.format(
        "%d %d %d %s %s %s", first, central, last, by_name[1].name, by_name[middle].name, by_name[#by_name].name))
end

main()
