# Binary trees: many trees of some depths are made, walked and dropped while one lives on.
from sys import argv


class Tree:
    def __init__(self, left, right):
        self.left = left
        self.right = right

    def check(self):
        if self.left is None:
            return 1
        return 1 + self.left.check() + self.right.check()


def make_tree(depth):
    if depth == 0:
        return Tree(None, None)
    return Tree(make_tree(depth - 1), make_tree(depth - 1))


def main():
    depth = int(argv[1]) if len(argv) > 1 else 15
    stretched = make_tree(depth + 1).check()
    long_lived = make_tree(depth)
    total = 0
    for small in range(4, depth + 1, 4):
        for _ in range(2 ** (depth - small + 4)):
            total += make_tree(small).check()
    print(stretched, total, long_lived.check())


main()
