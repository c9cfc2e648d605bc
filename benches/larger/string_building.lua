-- Strings: a page of HTML is built from pieces, by adding, joining, repeating and escaping character by character.
local ESCAPES = {["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;", ["\""] = "&quot;"}

-- Lua has the substitution itself; the others go through the characters, and so does this.
local function escape(text)
    local result = ""
    for i = 1, #text do
        local c = text:sub(i, i)
        result = result .. (ESCAPES[c] or c)
    end
    return result
end

local function tag(name, attributes, content)
    local opening = "<" .. name
    for _, attribute in ipairs(attributes) do
        opening = opening .. " " .. attribute[1] .. "=\"" .. attribute[2] .. "\""
    end
    return opening .. ">" .. content .. "</" .. name .. ">"
end

local function make_row(number)
    local cells = {}
    for column = 0, 3 do
        local text = "cell " .. number .. " & <" .. column .. ">"
        cells[#cells + 1] = tag("td", {{"class", "c" .. column}, {"title", text:sub(1, 6)}}, escape(text))
    end
    return tag("tr", {{"id", "row" .. number}}, table.concat(cells))
end

local function make_page(rows)
    local lines = {}
    for i = 0, rows - 1 do
        lines[#lines + 1] = (" "):rep(i % 8) .. make_row(i)
        if i % 16 == 0 then
            lines[#lines + 1] = ("-"):rep(40)
        end
    end
    return table.concat(lines, "\n")
end

-- What the others build by adding alone is joined here, for Lua copies the whole each time.
local function make_digits(count)
    local digits = {}
    for i = 0, count - 1 do
        digits[#digits + 1] = tostring(i)
    end
    return table.concat(digits)
end

local function main()
    local rows = tonumber(arg[1]) or 40000
    local page = make_page(rows)
    local digits = make_digits(math.floor(rows / 2))
    local _, escaped = page:gsub("&amp;", "")
    print(string.format("%d %d %s %d %s", #page, escaped, page:sub(-30), #digits, digits:sub(-5)))
end

main()
