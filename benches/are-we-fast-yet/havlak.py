# Havlak: finds the loops of a graph of basic blocks, again and again.

import sys

from som import IdentityDictionary, IdentitySet, Set, Vector

# The original searches fifty times more; how often does not change what is found.
DUMMY_LOOPS = 1
FINDINGS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
EXPECTED_LOOPS = 1605
EXPECTED_BLOCKS = 5213

UNVISITED = 2_147_483_647
MOST_NON_BACK_PREDS = 32 * 1024

# What a block is to the loops.
TOP = 0
NON_HEADER = 1
REDUCIBLE = 2
SELF = 3
IRREDUCIBLE = 4
DEAD = 5


class BasicBlock:
    def __init__(self, name):
        self.name = name
        self.in_edges = Vector(2)
        self.out_edges = Vector(2)

    def pred_count(self):
        return self.in_edges.size()

    def add_out_edge(self, to):
        self.out_edges.append(to)

    def add_in_edge(self, origin):
        self.in_edges.append(origin)

    def custom_hash(self):
        return self.name


class BasicBlockEdge:
    def __init__(self, cfg, from_name, to_name):
        self.origin = cfg.create_node(from_name)
        self.to = cfg.create_node(to_name)
        self.origin.add_out_edge(self.to)
        self.to.add_in_edge(self.origin)
        cfg.add_edge(self)


class ControlFlowGraph:
    def __init__(self):
        self.start_block = None
        self.basic_blocks = Vector()
        self.edges = Vector()

    def create_node(self, name):
        node = self.basic_blocks.at(name)
        if node is None:
            node = BasicBlock(name)
            self.basic_blocks.at_put(name, node)
        if self.node_count() == 1:
            self.start_block = node
        return node

    def add_edge(self, edge):
        self.edges.append(edge)

    def node_count(self):
        return self.basic_blocks.size()


class SimpleLoop:
    def __init__(self, block, is_reducible):
        self.header = block
        self.is_reducible = is_reducible
        self.parent = None
        self.is_root = False
        self.nesting_level = 0
        self.depth_level = 0
        self.counter = 0
        self.basic_blocks = IdentitySet()
        self.children = IdentitySet()
        if block is not None:
            self.basic_blocks.add(block)

    def add_node(self, block):
        self.basic_blocks.add(block)

    def add_child_loop(self, loop):
        self.children.add(loop)

    def set_parent(self, parent):
        self.parent = parent
        parent.add_child_loop(self)

    def set_nesting_level(self, level):
        self.nesting_level = level
        if level == 0:
            self.is_root = True


class LoopStructureGraph:
    def __init__(self):
        self.loop_counter = 0
        self.loops = Vector()
        self.root = self.create_new_loop(None, True)
        self.root.set_nesting_level(0)

    def create_new_loop(self, block, is_reducible):
        loop = SimpleLoop(block, is_reducible)
        loop.counter = self.loop_counter
        self.loop_counter += 1
        self.loops.append(loop)
        return loop

    def calculate_nesting_level(self):
        # Loops of the outermost level become children of an artificial root.
        def link(loop):
            if not loop.is_root and loop.parent is None:
                loop.set_parent(self.root)

        self.loops.for_each(link)
        self.calculate_nesting_level_below(self.root, 0)

    def calculate_nesting_level_below(self, loop, depth):
        loop.depth_level = depth

        def descend(child):
            self.calculate_nesting_level_below(child, depth + 1)
            loop.set_nesting_level(max(loop.nesting_level, 1 + child.nesting_level))

        loop.children.for_each(descend)

    def loop_count(self):
        return self.loops.size()


class UnionFindNode:
    def __init__(self):
        self.parent = None
        self.block = None
        self.loop = None
        self.dfs_number = 0

    def init_node(self, block, dfs_number):
        self.parent = self
        self.block = block
        self.loop = None
        self.dfs_number = dfs_number

    def find_set(self):
        nodes = Vector()
        node = self
        while node is not node.parent:
            if node.parent is not node.parent.parent:
                nodes.append(node)
            node = node.parent
        # Whoever asks again has a shorter way.
        nodes.for_each(lambda other: other.union(self.parent))
        return node

    def union(self, node):
        self.parent = node


class HavlakLoopFinder:
    def __init__(self, cfg, lsg):
        self.cfg = cfg
        self.lsg = lsg
        self.non_back_preds = Vector()
        self.back_preds = Vector()
        self.number = IdentityDictionary()
        self.max_size = 0
        self.header = None
        self.type = None
        self.last = None
        self.nodes = None

    # In the depth-first numbering, what is below a node has the numbers up to its last.
    def is_ancestor(self, w, v):
        return w <= v and v <= self.last[w]

    def do_dfs(self, block, current):
        self.nodes[current].init_node(block, current)
        self.number.at_put(block, current)
        last = current

        def visit(target):
            nonlocal last
            if self.number.at(target) == UNVISITED:
                last = self.do_dfs(target, last + 1)

        block.out_edges.for_each(visit)
        self.last[current] = last
        return last

    def init_all_nodes(self):
        self.cfg.basic_blocks.for_each(lambda block: self.number.at_put(block, UNVISITED))
        self.do_dfs(self.cfg.start_block, 0)

    def identify_edges(self, size):
        for w in range(size):
            self.header[w] = 0
            self.type[w] = NON_HEADER
            block = self.nodes[w].block
            if block is None:
                self.type[w] = DEAD
            else:
                self.process_edges(block, w)

    def process_edges(self, block, w):
        if block.pred_count() > 0:

            def process(pred):
                v = self.number.at(pred)
                if v != UNVISITED:
                    if self.is_ancestor(w, v):
                        self.back_preds.at(w).append(v)
                    else:
                        self.non_back_preds.at(w).add(v)

            block.in_edges.for_each(process)

    def find_loops(self):
        if self.cfg.start_block is None:
            return
        size = self.cfg.node_count()
        self.non_back_preds.remove_all()
        self.back_preds.remove_all()
        self.number.remove_all()
        if size > self.max_size:
            self.header = [0] * size
            self.type = [TOP] * size
            self.last = [0] * size
            self.nodes = [None] * size
            self.max_size = size
        for i in range(size):
            self.non_back_preds.append(Set())
            self.back_preds.append(Vector())
            self.nodes[i] = UnionFindNode()

        self.init_all_nodes()
        self.identify_edges(size)
        self.header[0] = 0

        # Backwards, so that inner loops are found before those around them.
        for w in range(size - 1, -1, -1):
            pool = Vector()
            block = self.nodes[w].block
            if block is not None:
                self.collect_back_preds(w, pool)
                todo = Vector()
                pool.for_each(lambda node: todo.append(node))
                if pool.size() != 0:
                    self.type[w] = REDUCIBLE
                while not todo.is_empty():
                    x = todo.remove_first()
                    if self.non_back_preds.at(x.dfs_number).size() > MOST_NON_BACK_PREDS:
                        return
                    self.process_non_back_preds(w, pool, todo, x)
            if pool.size() > 0 or self.type[w] == SELF:
                loop = self.lsg.create_new_loop(block, self.type[w] != IRREDUCIBLE)
                self.set_loop_attributes(w, pool, loop)

    def collect_back_preds(self, w, pool):
        def collect(v):
            if v != w:
                pool.append(self.nodes[v].find_set())
            else:
                self.type[w] = SELF

        self.back_preds.at(w).for_each(collect)

    # Goes upwards from the ends of the edges back to w. What is no descendant of w is another way into the loop.
    def process_non_back_preds(self, w, pool, todo, x):
        def process(i):
            y = self.nodes[i].find_set()
            if not self.is_ancestor(w, y.dfs_number):
                self.type[w] = IRREDUCIBLE
                self.non_back_preds.at(w).add(y.dfs_number)
            elif y.dfs_number != w:
                todo.append(y)
                pool.append(y)

        self.non_back_preds.at(x.dfs_number).for_each(process)

    def set_loop_attributes(self, w, pool, loop):
        self.nodes[w].loop = loop

        def take_in(node):
            self.header[node.dfs_number] = w
            node.union(self.nodes[w])
            if node.loop is not None:
                node.loop.set_parent(loop)
            else:
                loop.add_node(node.block)

        pool.for_each(take_in)


class LoopTesterApp:
    def __init__(self):
        self.cfg = ControlFlowGraph()
        self.lsg = LoopStructureGraph()
        self.cfg.create_node(0)

    def run(self, dummy_loops, findings, outer, middle, inner):
        self.construct_simple_cfg()
        for _ in range(dummy_loops):
            self.find_loops(self.lsg)
        self.construct_cfg(outer, middle, inner)
        self.find_loops(self.lsg)
        for _ in range(findings):
            self.find_loops(LoopStructureGraph())
        self.lsg.calculate_nesting_level()
        return self.lsg.loop_count(), self.cfg.node_count()

    def find_loops(self, lsg):
        HavlakLoopFinder(self.cfg, lsg).find_loops()

    def construct_simple_cfg(self):
        self.cfg.create_node(0)
        self.build_base_loop(0)
        self.cfg.create_node(1)
        self.build_connect(0, 2)

    def construct_cfg(self, outer, middle, inner):
        n = 2
        for _ in range(outer):
            self.cfg.create_node(n + 1)
            self.build_connect(2, n + 1)
            n += 1
            for _ in range(middle):
                top = n
                n = self.build_straight(n, 1)
                for _ in range(inner):
                    n = self.build_base_loop(n)
                bottom = self.build_straight(n, 1)
                self.build_connect(n, top)
                n = bottom
            self.build_connect(n, 1)

    def build_diamond(self, start):
        self.build_connect(start, start + 1)
        self.build_connect(start, start + 2)
        self.build_connect(start + 1, start + 3)
        self.build_connect(start + 2, start + 3)
        return start + 3

    def build_connect(self, start, end):
        BasicBlockEdge(self.cfg, start, end)

    def build_straight(self, start, n):
        for i in range(n):
            self.build_connect(start + i, start + i + 1)
        return start + n

    # A loop with two diamonds in it.
    def build_base_loop(self, start):
        header = self.build_straight(start, 1)
        diamond1 = self.build_diamond(header)
        between = self.build_straight(diamond1, 1)
        diamond2 = self.build_diamond(between)
        footer = self.build_straight(diamond2, 1)
        self.build_connect(diamond2, between)
        self.build_connect(diamond1, header)
        self.build_connect(footer, start)
        return self.build_straight(footer, 1)


def main():
    sys.setrecursionlimit(10_000)
    loops, blocks = LoopTesterApp().run(DUMMY_LOOPS, FINDINGS, 10, 10, 5)
    if loops != EXPECTED_LOOPS or blocks != EXPECTED_BLOCKS:
        raise RuntimeError(f"found {loops} loops in {blocks} blocks")
    print(f"Havlak: {loops} loops in {blocks} blocks")


main()
