-- Errors: orders are checked by functions within functions; most of what is wrong is caught, told apart by its
-- metatable, wrapped and raised again, and what was opened is closed on the way.
local OrderError = {}
OrderError.__index = OrderError

local UnknownItem = setmetatable({}, OrderError)
UnknownItem.__index = UnknownItem

function UnknownItem.new(item)
    return setmetatable({message = string.format("there is no item %d", item), item = item}, UnknownItem)
end

local OutOfStock = setmetatable({}, OrderError)
OutOfStock.__index = OutOfStock

function OutOfStock.new(item, missing)
    return setmetatable({message = string.format("%d of %d are missing", missing, item), missing = missing}, OutOfStock)
end

local Rejected = {}
Rejected.__index = Rejected

function Rejected.new(message, cause)
    return setmetatable({message = message, cause = cause}, Rejected)
end

local function is_a(e, class)
    local of = getmetatable(e)
    while of do
        if of == class then
            return true
        end
        of = getmetatable(of)
    end
    return false
end

local Store = {}
Store.__index = Store

function Store.new(items)
    local stock = {}
    for item = 0, items - 1 do
        stock[item] = 3
    end
    return setmetatable({stock = stock, open = 0, closed = 0}, Store)
end

function Store:take(item, amount)
    local there = self.stock[item]
    if not there then
        error(UnknownItem.new(item))
    end
    local left = there - amount
    if left < 0 then
        self.stock[item] = 3
        error(OutOfStock.new(item, -left))
    end
    self.stock[item] = left
    return amount
end

function Store:reserve(item, amount)
    self.open = self.open + 1
    local ok, result = pcall(self.take, self, item, amount)
    self.closed = self.closed + 1
    if not ok then
        error(result, 0)
    end
    return result
end

function Store:order(item, amount)
    local ok, result = pcall(self.reserve, self, item, amount)
    if ok then
        return result
    end
    if is_a(result, UnknownItem) and result.item % 2 == 1 then
        error(Rejected.new("an odd one", result))
    end
    error(result, 0)
end

-- Lua's conversion says nil where the others raise.
local function parse(text)
    return tonumber(text) or 1
end

local function run(orders)
    local store = Store.new(600)
    local taken, missing, unknown, rejected = 0, 0, 0, 0
    local seed = 42
    for _ = 1, orders do
        seed = (seed * 3877 + 29573) % 139968
        local ok, result = pcall(store.order, store, seed % 1000, parse(seed % 3 == 0 and "one" or "2"))
        if ok then
            taken = taken + result
        elseif is_a(result, Rejected) then
            rejected = rejected + 1
        elseif is_a(result, OutOfStock) then
            missing = missing + result.missing
        elseif is_a(result, OrderError) then
            unknown = unknown + 1
        else
            error(result, 0)
        end
    end
    return taken, missing, unknown, rejected, store.open == store.closed
end

local function main()
    local taken, missing, unknown, rejected, all_closed = run(tonumber(arg[1]) or 500000)
    print(string.format("%d %d %d %d %s", taken, missing, unknown, rejected, all_closed and "closed" or "open"))
end

main()
