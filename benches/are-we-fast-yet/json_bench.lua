-- Json: a parser that reads a message of 22,000 characters, a character at a time.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local som = require("som")
local class, Vector = som.class, som.Vector

local ROUNDS = tonumber(arg[1]) or 100
local EXPECTED_OPERATIONS = 156

local JsonValue = class()

function JsonValue:is_object()
    return false
end

function JsonValue:is_array()
    return false
end

function JsonValue:is_number()
    return false
end

function JsonValue:is_string()
    return false
end

function JsonValue:is_boolean()
    return false
end

function JsonValue:is_true()
    return false
end

function JsonValue:is_false()
    return false
end

function JsonValue:is_null()
    return false
end

function JsonValue:as_object()
    error("this is no object")
end

function JsonValue:as_array()
    error("this is no array")
end

local JsonLiteral = class(JsonValue)

function JsonLiteral.new(value)
    return setmetatable({ value = value }, JsonLiteral)
end

function JsonLiteral:is_boolean()
    return self:is_true() or self:is_false()
end

function JsonLiteral:is_true()
    return self.value == "true"
end

function JsonLiteral:is_false()
    return self.value == "false"
end

function JsonLiteral:is_null()
    return self.value == "null"
end

function JsonLiteral:as_string()
    return self.value
end

local NULL = JsonLiteral.new("null")
local TRUE = JsonLiteral.new("true")
local FALSE = JsonLiteral.new("false")

local JsonNumber = class(JsonValue)

function JsonNumber.new(text)
    return setmetatable({ text = text }, JsonNumber)
end

function JsonNumber:is_number()
    return true
end

function JsonNumber:as_string()
    return self.text
end

local JsonString = class(JsonValue)

function JsonString.new(text)
    return setmetatable({ text = text }, JsonString)
end

function JsonString:is_string()
    return true
end

function JsonString:as_string()
    return self.text
end

local JsonArray = class(JsonValue)

function JsonArray.new()
    return setmetatable({ values = Vector.new() }, JsonArray)
end

function JsonArray:add(value)
    if value == nil then
        error("a value is missing")
    end
    self.values:append(value)
    return self
end

function JsonArray:size()
    return self.values:size()
end

function JsonArray:get(index)
    return self.values:at(index)
end

function JsonArray:is_array()
    return true
end

function JsonArray:as_array()
    return self
end

-- Guesses where a name stands, by its length alone; a place counts from 1, and 0 is none.
local HashIndexTable = class()

function HashIndexTable.new()
    local slots = {}
    for i = 1, 32 do
        slots[i] = 0
    end
    return setmetatable({ slots = slots }, HashIndexTable)
end

function HashIndexTable:add(name, index)
    local slot = self:slot_for(name)
    self.slots[slot] = index < 0xff and (index + 1) % 0x100 or 0
end

function HashIndexTable:get(name)
    return self.slots[self:slot_for(name)] % 0x100 - 1
end

function HashIndexTable:slot_for(name)
    return self:string_hash(name) % #self.slots + 1
end

function HashIndexTable:string_hash(text)
    return #text * 1402589
end

local JsonObject = class(JsonValue)

function JsonObject.new()
    return setmetatable({
        names = Vector.new(),
        values = Vector.new(),
        table = HashIndexTable.new(),
    }, JsonObject)
end

function JsonObject:add(name, value)
    if name == nil or value == nil then
        error("a name or a value is missing")
    end
    self.table:add(name, self.names:size() + 1)
    self.names:append(name)
    self.values:append(value)
    return self
end

function JsonObject:get(name)
    return self.values:at(self:index_of(name))
end

function JsonObject:index_of(name)
    local index = self.table:get(name)
    if index ~= -1 and name == self.names:at(index) then
        return index
    end
    error("not implemented: names that share a slot")
end

function JsonObject:size()
    return self.names:size()
end

function JsonObject:is_empty()
    return self.names:is_empty()
end

function JsonObject:is_object()
    return true
end

function JsonObject:as_object()
    return self
end

local function parse_error(message, index, line, column)
    return message .. " in line " .. line .. ", column " .. column .. ", at " .. index
end

local Parser = class()

function Parser.new(text)
    return setmetatable({
        input = text,
        index = 0,
        line = 1,
        line_start = 0,
        current = nil,
        capture_buffer = "",
        capture_start = -1,
    }, Parser)
end

function Parser:parse()
    self:read()
    self:skip_white_space()
    local result = self:read_value()
    self:skip_white_space()
    if not self:is_end_of_text() then
        error(self:error("unexpected character"))
    end
    return result
end

function Parser:read_value()
    local c = self.current
    if c == "n" then
        return self:read_null()
    elseif c == "t" then
        return self:read_true()
    elseif c == "f" then
        return self:read_false()
    elseif c == "\"" then
        return self:read_string()
    elseif c == "[" then
        return self:read_array()
    elseif c == "{" then
        return self:read_object()
    elseif
        c == "-" or c == "0" or c == "1" or c == "2" or c == "3" or c == "4" or c == "5" or c == "6" or
        c == "7" or c == "8" or c == "9"
    then
        return self:read_number()
    end
    error(self:expected("a value"))
end

function Parser:read_array()
    self:read()
    local array = JsonArray.new()
    self:skip_white_space()
    if self:read_char("]") then
        return array
    end
    self:read_array_element(array)
    while self:read_char(",") do
        self:read_array_element(array)
    end
    if not self:read_char("]") then
        error(self:expected("',' or ']'"))
    end
    return array
end

function Parser:read_array_element(array)
    self:skip_white_space()
    array:add(self:read_value())
    self:skip_white_space()
end

function Parser:read_object()
    self:read()
    local object = JsonObject.new()
    self:skip_white_space()
    if self:read_char("}") then
        return object
    end
    self:read_object_pair(object)
    while self:read_char(",") do
        self:read_object_pair(object)
    end
    if not self:read_char("}") then
        error(self:expected("',' or '}'"))
    end
    return object
end

function Parser:read_object_pair(object)
    self:skip_white_space()
    local name = self:read_name()
    self:skip_white_space()
    if not self:read_char(":") then
        error(self:expected("':'"))
    end
    self:skip_white_space()
    object:add(name, self:read_value())
    self:skip_white_space()
end

function Parser:read_name()
    if self.current ~= "\"" then
        error(self:expected("a name"))
    end
    return self:read_string_internal()
end

function Parser:read_null()
    self:read()
    self:read_required_char("u")
    self:read_required_char("l")
    self:read_required_char("l")
    return NULL
end

function Parser:read_true()
    self:read()
    self:read_required_char("r")
    self:read_required_char("u")
    self:read_required_char("e")
    return TRUE
end

function Parser:read_false()
    self:read()
    self:read_required_char("a")
    self:read_required_char("l")
    self:read_required_char("s")
    self:read_required_char("e")
    return FALSE
end

function Parser:read_required_char(c)
    if not self:read_char(c) then
        error(self:expected("'" .. c .. "'"))
    end
end

function Parser:read_string()
    return JsonString.new(self:read_string_internal())
end

function Parser:read_string_internal()
    self:read()
    self:start_capture()
    while self.current ~= "\"" do
        if self.current == "\\" then
            self:pause_capture()
            self:read_escape()
            self:start_capture()
        elseif self.current == nil then
            error(self:expected("'\"'"))
        else
            self:read()
        end
    end
    local text = self:end_capture()
    self:read()
    return text
end

function Parser:read_escape()
    self:read()
    self.capture_buffer = self.capture_buffer .. self:escaped()
    self:read()
end

function Parser:escaped()
    local c = self.current
    if c == "\"" or c == "/" or c == "\\" then
        return c
    elseif c == "b" then
        return "\b"
    elseif c == "f" then
        return "\f"
    elseif c == "n" then
        return "\n"
    elseif c == "r" then
        return "\r"
    elseif c == "t" then
        return "\t"
    end
    error(self:expected("a valid escape"))
end

function Parser:read_number()
    self:start_capture()
    self:read_char("-")
    local first = self.current
    if not self:read_digit() then
        error(self:expected("a digit"))
    end
    if first ~= "0" then
        while self:read_digit() do end
    end
    self:read_fraction()
    self:read_exponent()
    return JsonNumber.new(self:end_capture())
end

function Parser:read_fraction()
    if not self:read_char(".") then
        return false
    end
    if not self:read_digit() then
        error(self:expected("a digit"))
    end
    while self:read_digit() do end
    return true
end

function Parser:read_exponent()
    if not self:read_char("e") and not self:read_char("E") then
        return false
    end
    if not self:read_char("+") then
        self:read_char("-")
    end
    if not self:read_digit() then
        error(self:expected("a digit"))
    end
    while self:read_digit() do end
    return true
end

function Parser:read_char(c)
    if self.current ~= c then
        return false
    end
    self:read()
    return true
end

function Parser:read_digit()
    if not self:is_digit() then
        return false
    end
    self:read()
    return true
end

function Parser:skip_white_space()
    while self:is_white_space() do
        self:read()
    end
end

function Parser:read()
    if self.current == "\n" then
        self.line = self.line + 1
        self.line_start = self.index
    end
    self.index = self.index + 1
    if self.index <= #self.input then
        self.current = self.input:sub(self.index, self.index)
    else
        self.current = nil
    end
end

function Parser:start_capture()
    self.capture_start = self.index
end

function Parser:pause_capture()
    self.capture_buffer = self.capture_buffer .. self.input:sub(self.capture_start, self.index - 1)
    self.capture_start = -1
end

function Parser:end_capture()
    local captured = self.input:sub(self.capture_start, self.index - 1)
    if self.capture_buffer ~= "" then
        captured = self.capture_buffer .. captured
        self.capture_buffer = ""
    end
    self.capture_start = -1
    return captured
end

function Parser:expected(what)
    if self:is_end_of_text() then
        return self:error("unexpected end of the text")
    end
    return self:error("expected " .. what)
end

function Parser:error(message)
    return parse_error(message, self.index, self.line, self.index - self.line_start)
end

function Parser:is_white_space()
    local c = self.current
    return c == " " or c == "\t" or c == "\n" or c == "\r"
end

function Parser:is_digit()
    local c = self.current
    return (
        c == "0" or c == "1" or c == "2" or c == "3" or c == "4" or c == "5" or c == "6" or c == "7" or
        c == "8" or c == "9"
    )
end

function Parser:is_end_of_text()
    return self.current == nil
end

local function check(result)
    local document = result:as_object()
    local operations = document:get("operations")
    if not document:get("head"):is_object() or not operations:is_array() then
        error("the message has another form")
    end
    local count = operations:as_array():size()
    if count ~= EXPECTED_OPERATIONS then
        error("there are " .. count .. " operations")
    end
    return count
end

local function main()
    local path = (arg[0]:match("^.*/") or "./") .. "json_document.txt"
    local file = assert(io.open(path))
    local text = file:read("*a")
    file:close()
    local operations = 0
    for _ = 1, ROUNDS do
        operations = operations + check(Parser.new(text):parse())
    end
    print("Json: " .. operations .. " operations read")
end

main()
