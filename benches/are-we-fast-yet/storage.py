# Storage: a tree of lists, seven levels deep, to keep the collector busy.
from harness import Benchmark, Random, run


class Storage(Benchmark):
    def __init__(self):
        self.count = 0

    def benchmark(self):
        random = Random()
        self.count = 0
        self.build_tree_depth(7, random)
        return self.count

    def verify_result(self, result):
        return result == 5461

    def build_tree_depth(self, depth, random):
        self.count += 1
        if depth == 1:
            return [None] * (random.next() % 10 + 1)
        tree = [None] * 4
        for i in range(4):
            tree[i] = self.build_tree_depth(depth - 1, random)
        return tree


run(Storage(), 400)
