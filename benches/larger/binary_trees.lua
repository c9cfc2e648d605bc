-- Binary trees: many trees of some depths are made, walked and dropped while one lives on.
local Tree = {}
Tree.__index = Tree

function Tree.new(left, right)
    return setmetatable({left = left, right = right}, Tree)
end

function Tree:check()
    if not self.left then
        return 1
    end
    return 1 + self.left:check() + self.right:check()
end

local function make_tree(depth)
    if depth == 0 then
        return Tree.new(nil, nil)
    end
    return Tree.new(make_tree(depth - 1), make_tree(depth - 1))
end

local function main()
    local depth = tonumber(arg[1]) or 15
    local stretched = make_tree(depth + 1):check()
    local long_lived = make_tree(depth)
    local total = 0
    for small = 4, depth, 4 do
        for _ = 1, 2 ^ (depth - small + 4) do
            total = total + make_tree(small):check()
        end
    end
    print(string.format("%d %d %d", stretched, total, long_lived:check()))
end

main()
