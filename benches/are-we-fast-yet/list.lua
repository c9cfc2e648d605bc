-- List: Takeuchi's function on linked lists, whose lengths it compares.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local harness = require("harness")

local Element = {}
Element.__index = Element

function Element.new(val)
    return setmetatable({val = val, next = nil}, Element)
end

function Element:length()
    if not self.next then
        return 1
    end
    return 1 + self.next:length()
end

local list = setmetatable({name = "List"}, harness.Benchmark)

function list:benchmark()
    local result = self:tail(self:make_list(15), self:make_list(10), self:make_list(6))
    return result:length()
end

function list:verify_result(result)
    return result == 10
end

function list:make_list(length)
    if length == 0 then
        return nil
    end
    local e = Element.new(length)
    e.next = self:make_list(length - 1)
    return e
end

function list:is_shorter_than(x, y)
    local x_tail, y_tail = x, y
    while y_tail do
        if not x_tail then
            return true
        end
        x_tail = x_tail.next
        y_tail = y_tail.next
    end
    return false
end

function list:tail(x, y, z)
    if self:is_shorter_than(y, x) then
        return self:tail(
            self:tail(x.next, y, z),
            self:tail(y.next, z, x),
            self:tail(z.next, x, y)
        )
    end
    return z
end

harness.run(list, 1000)
