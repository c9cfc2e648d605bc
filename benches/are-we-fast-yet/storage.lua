-- Storage: a tree of lists, seven levels deep, to keep the collector busy.
-- Lua has no lists of a fixed size: a leaf holds just its size, as in the original.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local harness = require("harness")

local storage = setmetatable({name = "Storage"}, harness.Benchmark)

function storage:benchmark()
    local random = harness.Random.new()
    self.count = 0
    self:build_tree_depth(7, random)
    return self.count
end

function storage:verify_result(result)
    return result == 5461
end

function storage:build_tree_depth(depth, random)
    self.count = self.count + 1
    if depth == 1 then
        return {n = random:next() % 10 + 1}
    end
    return {
        n = 4,
        self:build_tree_depth(depth - 1, random),
        self:build_tree_depth(depth - 1, random),
        self:build_tree_depth(depth - 1, random),
        self:build_tree_depth(depth - 1, random),
    }
end

harness.run(storage, 400)
