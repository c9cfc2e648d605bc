-- Havlak: finds the loops of a graph of basic blocks, again and again.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local som = require("som")
local class, Vector, Set = som.class, som.Vector, som.Set
local IdentitySet, IdentityDictionary = som.IdentitySet, som.IdentityDictionary

-- The original searches fifty times more; how often does not change what is found.
local DUMMY_LOOPS = 1
local FINDINGS = tonumber(arg[1]) or 10
local EXPECTED_LOOPS = 1605
local EXPECTED_BLOCKS = 5213

local UNVISITED = 2147483647
local MOST_NON_BACK_PREDS = 32 * 1024

-- What a block is to the loops.
local NON_HEADER = 1
local REDUCIBLE = 2
local SELF = 3
local IRREDUCIBLE = 4
local DEAD = 5

local BasicBlock = class()

function BasicBlock.new(name)
    return setmetatable({
        name = name,
        in_edges = Vector.new(2),
        out_edges = Vector.new(2),
    }, BasicBlock)
end

function BasicBlock:pred_count()
    return self.in_edges:size()
end

function BasicBlock:add_out_edge(to)
    self.out_edges:append(to)
end

function BasicBlock:add_in_edge(origin)
    self.in_edges:append(origin)
end

function BasicBlock:custom_hash()
    return self.name
end

local BasicBlockEdge = class()

function BasicBlockEdge.new(cfg, from_name, to_name)
    local self = setmetatable({
        origin = cfg:create_node(from_name),
        to = cfg:create_node(to_name),
    }, BasicBlockEdge)
    self.origin:add_out_edge(self.to)
    self.to:add_in_edge(self.origin)
    cfg:add_edge(self)
    return self
end

local ControlFlowGraph = class()

function ControlFlowGraph.new()
    return setmetatable({
        start_block = nil,
        basic_blocks = Vector.new(),
        edges = Vector.new(),
    }, ControlFlowGraph)
end

function ControlFlowGraph:create_node(name)
    local node = self.basic_blocks:at(name)
    if node == nil then
        node = BasicBlock.new(name)
        self.basic_blocks:at_put(name, node)
    end
    if self:node_count() == 1 then
        self.start_block = node
    end
    return node
end

function ControlFlowGraph:add_edge(edge)
    self.edges:append(edge)
end

function ControlFlowGraph:node_count()
    return self.basic_blocks:size()
end

local SimpleLoop = class()

function SimpleLoop.new(block, is_reducible)
    local self = setmetatable({
        header = block,
        is_reducible = is_reducible,
        parent = nil,
        is_root = false,
        nesting_level = 0,
        depth_level = 0,
        counter = 0,
        basic_blocks = IdentitySet.new(),
        children = IdentitySet.new(),
    }, SimpleLoop)
    if block ~= nil then
        self.basic_blocks:add(block)
    end
    return self
end

function SimpleLoop:add_node(block)
    self.basic_blocks:add(block)
end

function SimpleLoop:add_child_loop(loop)
    self.children:add(loop)
end

function SimpleLoop:set_parent(parent)
    self.parent = parent
    parent:add_child_loop(self)
end

function SimpleLoop:set_nesting_level(level)
    self.nesting_level = level
    if level == 0 then
        self.is_root = true
    end
end

local LoopStructureGraph = class()

function LoopStructureGraph.new()
    local self = setmetatable({
        loop_counter = 0,
        loops = Vector.new(),
        root = nil,
    }, LoopStructureGraph)
    self.root = self:create_new_loop(nil, true)
    self.root:set_nesting_level(0)
    return self
end

function LoopStructureGraph:create_new_loop(block, is_reducible)
    local loop = SimpleLoop.new(block, is_reducible)
    loop.counter = self.loop_counter
    self.loop_counter = self.loop_counter + 1
    self.loops:append(loop)
    return loop
end

function LoopStructureGraph:calculate_nesting_level()
    -- Loops of the outermost level become children of an artificial root.
    self.loops:for_each(function(loop)
        if not loop.is_root and loop.parent == nil then
            loop:set_parent(self.root)
        end
    end)
    self:calculate_nesting_level_below(self.root, 0)
end

function LoopStructureGraph:calculate_nesting_level_below(loop, depth)
    loop.depth_level = depth
    loop.children:for_each(function(child)
        self:calculate_nesting_level_below(child, depth + 1)
        loop:set_nesting_level(math.max(loop.nesting_level, 1 + child.nesting_level))
    end)
end

function LoopStructureGraph:loop_count()
    return self.loops:size()
end

local UnionFindNode = class()

function UnionFindNode.new()
    return setmetatable({
        parent = nil,
        block = nil,
        loop = nil,
        dfs_number = 0,
    }, UnionFindNode)
end

function UnionFindNode:init_node(block, dfs_number)
    self.parent = self
    self.block = block
    self.loop = nil
    self.dfs_number = dfs_number
end

function UnionFindNode:find_set()
    local nodes = Vector.new()
    local node = self
    while node ~= node.parent do
        if node.parent ~= node.parent.parent then
            nodes:append(node)
        end
        node = node.parent
    end
    -- Whoever asks again has a shorter way.
    nodes:for_each(function(other)
        other:union(self.parent)
    end)
    return node
end

function UnionFindNode:union(node)
    self.parent = node
end

local HavlakLoopFinder = class()

function HavlakLoopFinder.new(cfg, lsg)
    return setmetatable({
        cfg = cfg,
        lsg = lsg,
        non_back_preds = Vector.new(),
        back_preds = Vector.new(),
        number = IdentityDictionary.new(),
        max_size = 0,
        header = nil,
        type = nil,
        last = nil,
        nodes = nil,
    }, HavlakLoopFinder)
end

-- In the depth-first numbering, what is below a node has the numbers up to its last.
function HavlakLoopFinder:is_ancestor(w, v)
    return w <= v and v <= self.last[w]
end

function HavlakLoopFinder:do_dfs(block, current)
    self.nodes[current]:init_node(block, current)
    self.number:at_put(block, current)
    local last = current
    block.out_edges:for_each(function(target)
        if self.number:at(target) == UNVISITED then
            last = self:do_dfs(target, last + 1)
        end
    end)
    self.last[current] = last
    return last
end

function HavlakLoopFinder:init_all_nodes()
    self.cfg.basic_blocks:for_each(function(block)
        self.number:at_put(block, UNVISITED)
    end)
    self:do_dfs(self.cfg.start_block, 1)
end

function HavlakLoopFinder:identify_edges(size)
    for w = 1, size do
        self.header[w] = 1
        self.type[w] = NON_HEADER
        local block = self.nodes[w].block
        if block == nil then
            self.type[w] = DEAD
        else
            self:process_edges(block, w)
        end
    end
end

function HavlakLoopFinder:process_edges(block, w)
    if block:pred_count() > 0 then
        block.in_edges:for_each(function(pred)
            local v = self.number:at(pred)
            if v ~= UNVISITED then
                if self:is_ancestor(w, v) then
                    self.back_preds:at(w):append(v)
                else
                    self.non_back_preds:at(w):add(v)
                end
            end
        end)
    end
end

function HavlakLoopFinder:find_loops()
    if self.cfg.start_block == nil then
        return
    end
    local size = self.cfg:node_count()
    self.non_back_preds:remove_all()
    self.back_preds:remove_all()
    self.number:remove_all()
    if size > self.max_size then
        self.header = {}
        self.type = {}
        self.last = {}
        self.nodes = {}
        self.max_size = size
    end
    for i = 1, size do
        self.non_back_preds:append(Set.new())
        self.back_preds:append(Vector.new())
        self.nodes[i] = UnionFindNode.new()
    end

    self:init_all_nodes()
    self:identify_edges(size)
    self.header[1] = 1

    -- Backwards, so that inner loops are found before those around them.
    for w = size, 1, -1 do
        local pool = Vector.new()
        local block = self.nodes[w].block
        if block ~= nil then
            self:collect_back_preds(w, pool)
            local todo = Vector.new()
            pool:for_each(function(node)
                todo:append(node)
            end)
            if pool:size() ~= 0 then
                self.type[w] = REDUCIBLE
            end
            while not todo:is_empty() do
                local x = todo:remove_first()
                if self.non_back_preds:at(x.dfs_number):size() > MOST_NON_BACK_PREDS then
                    return
                end
                self:process_non_back_preds(w, pool, todo, x)
            end
        end
        if pool:size() > 0 or self.type[w] == SELF then
            local loop = self.lsg:create_new_loop(block, self.type[w] ~= IRREDUCIBLE)
            self:set_loop_attributes(w, pool, loop)
        end
    end
end

function HavlakLoopFinder:collect_back_preds(w, pool)
    self.back_preds:at(w):for_each(function(v)
        if v ~= w then
            pool:append(self.nodes[v]:find_set())
        else
            self.type[w] = SELF
        end
    end)
end

-- Goes upwards from the ends of the edges back to w. What is no descendant of w is another way into the loop.
function HavlakLoopFinder:process_non_back_preds(w, pool, todo, x)
    self.non_back_preds:at(x.dfs_number):for_each(function(i)
        local y = self.nodes[i]:find_set()
        if not self:is_ancestor(w, y.dfs_number) then
            self.type[w] = IRREDUCIBLE
            self.non_back_preds:at(w):add(y.dfs_number)
        elseif y.dfs_number ~= w then
            todo:append(y)
            pool:append(y)
        end
    end)
end

function HavlakLoopFinder:set_loop_attributes(w, pool, loop)
    self.nodes[w].loop = loop
    pool:for_each(function(node)
        self.header[node.dfs_number] = w
        node:union(self.nodes[w])
        if node.loop ~= nil then
            node.loop:set_parent(loop)
        else
            loop:add_node(node.block)
        end
    end)
end

local LoopTesterApp = class()

function LoopTesterApp.new()
    local self = setmetatable({
        cfg = ControlFlowGraph.new(),
        lsg = LoopStructureGraph.new(),
    }, LoopTesterApp)
    self.cfg:create_node(1)
    return self
end

function LoopTesterApp:run(dummy_loops, findings, outer, middle, inner)
    self:construct_simple_cfg()
    for _ = 1, dummy_loops do
        self:find_loops(self.lsg)
    end
    self:construct_cfg(outer, middle, inner)
    self:find_loops(self.lsg)
    for _ = 1, findings do
        self:find_loops(LoopStructureGraph.new())
    end
    self.lsg:calculate_nesting_level()
    return self.lsg:loop_count(), self.cfg:node_count()
end

function LoopTesterApp:find_loops(lsg)
    HavlakLoopFinder.new(self.cfg, lsg):find_loops()
end

function LoopTesterApp:construct_simple_cfg()
    self.cfg:create_node(1)
    self:build_base_loop(1)
    self.cfg:create_node(2)
    self:build_connect(1, 3)
end

function LoopTesterApp:construct_cfg(outer, middle, inner)
    local n = 3
    for _ = 1, outer do
        self.cfg:create_node(n + 1)
        self:build_connect(3, n + 1)
        n = n + 1
        for _ = 1, middle do
            local top = n
            n = self:build_straight(n, 1)
            for _ = 1, inner do
                n = self:build_base_loop(n)
            end
            local bottom = self:build_straight(n, 1)
            self:build_connect(n, top)
            n = bottom
        end
        self:build_connect(n, 2)
    end
end

function LoopTesterApp:build_diamond(start)
    self:build_connect(start, start + 1)
    self:build_connect(start, start + 2)
    self:build_connect(start + 1, start + 3)
    self:build_connect(start + 2, start + 3)
    return start + 3
end

function LoopTesterApp:build_connect(from, to)
    BasicBlockEdge.new(self.cfg, from, to)
end

function LoopTesterApp:build_straight(start, n)
    for i = 0, n - 1 do
        self:build_connect(start + i, start + i + 1)
    end
    return start + n
end

-- A loop with two diamonds in it.
function LoopTesterApp:build_base_loop(start)
    local header = self:build_straight(start, 1)
    local diamond1 = self:build_diamond(header)
    local between = self:build_straight(diamond1, 1)
    local diamond2 = self:build_diamond(between)
    local footer = self:build_straight(diamond2, 1)
    self:build_connect(diamond2, between)
    self:build_connect(diamond1, header)
    self:build_connect(footer, start)
    return self:build_straight(footer, 1)
end

local function main()
    local loops, blocks = LoopTesterApp.new():run(DUMMY_LOOPS, FINDINGS, 10, 10, 5)
    if loops ~= EXPECTED_LOOPS or blocks ~= EXPECTED_BLOCKS then
        error("found " .. loops .. " loops in " .. blocks .. " blocks")
    end
    print("Havlak: " .. loops .. " loops in " .. blocks .. " blocks")
end

main()
