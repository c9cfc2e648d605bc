-- Text: the log of a server, 10 MB, is written first, then taken apart line by line, counted, and written anew.
local METHODS = {"GET", "GET", "GET", "POST", "PUT", "DELETE"}
local SECTIONS = {"articles", "images", "static", "users", "search", "api"}
local NAMES = {"ann", "bob", "carla", "dmitri", "eve", "-"}

local floor, format = math.floor, string.format

local function make_log(lines)
    local log = {}
    local seed = 42
    for i = 0, lines - 1 do
        seed = (seed * 3877 + 29573) % 139968
        local name = NAMES[seed % 6 + 1]
        local method = METHODS[floor(seed % 36 / 6) + 1]
        local section = SECTIONS[floor(seed / 36) % 6 + 1]
        local status = seed % 97 == 0 and 500 or seed % 23 == 0 and 404 or 200
        log[#log + 1] = format(
            "10.0.%d.%d %s %s /%s/%d.html %d %d", seed % 7, i % 251, name, method, section, seed % 1009, status, seed)
    end
    return table.concat(log, "\n") .. "\n"
end

local function summarize(text)
    local bytes = {}
    local visitors = {}
    local errors, different = 0, 0
    for host, name, method, path, status, size in text:gmatch("(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)\n") do
        if status ~= "200" then
            errors = errors + 1
        else
            local section = path:match("^/([^/]*)")
            bytes[section] = (bytes[section] or 0) + tonumber(size)
            if method == "GET" and name ~= "-" then
                local visitor = name:upper() .. "@" .. host
                local visits = visitors[visitor]
                if not visits then
                    different = different + 1
                end
                visitors[visitor] = (visits or 0) + 1
            end
        end
    end
    return bytes, visitors, different, errors
end

-- The same log, in which hosts are hidden, methods are words, and pages have no suffix.
local function rewrite(text)
    local lines = {}
    for line in text:gmatch("[^\n]+") do
        local blank = line:find(" ", 1, true)
        if not line:find("500 %d+$") and line:sub(1, 7) ~= "10.0.6." then
            lines[#lines + 1] = "host" .. line:sub(blank)
        end
    end
    return (table.concat(lines, "\n"):gsub(" GET ", " reads "):gsub("%.html ", " "):match("^%s*(.*%S)"))
end

local function count(text, word)
    local _, n = text:gsub(word, word)
    return n
end

local function main()
    local text = make_log(tonumber(arg[1]) or 225000)
    local bytes, visitors, different, errors = summarize(text)
    local written = rewrite(text)
    print(format(
        "%d %d %d %d %d %d %d %d", #text, count(text, "POST"), bytes["images"], different, visitors["EVE@10.0.3.17"] or 0,
        errors, #written, count(written, "reads")))
end

main()
