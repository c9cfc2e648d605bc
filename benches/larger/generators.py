# Generators: a chain of them through which numbers run, a tree that is walked by generators within generators, and
# one that is sent values.
from sys import argv


def numbers(count):
    seed = 42
    for _ in range(count):
        seed = (seed * 3877 + 29573) % 139968
        yield seed


def only_even(source):
    for x in source:
        if x % 2 == 0:
            yield x


def pairs(source):
    before = 0
    for x in source:
        yield before, x
        before = x


class Node:
    def __init__(self, value):
        self.value = value
        self.left = None
        self.right = None

    def insert(self, value):
        if value < self.value:
            if self.left is None:
                self.left = Node(value)
            else:
                self.left.insert(value)
        elif self.right is None:
            self.right = Node(value)
        else:
            self.right.insert(value)

    def walk(self):
        if self.left is not None:
            yield from self.left.walk()
        yield self.value
        if self.right is not None:
            yield from self.right.walk()


def averages():
    total = 0
    count = 0
    average = 0
    while True:
        x = yield average
        total += x
        count += 1
        average = total // count


def main():
    count = int(argv[1]) if len(argv) > 1 else 1_000_000
    rising = 0
    for before, x in pairs(only_even(numbers(count))):
        if before < x:
            rising += 1

    root = Node(70_000)
    for x in numbers(count // 20):
        root.insert(x)
    checksum = 0
    for x in root.walk():
        checksum = (checksum * 7 + x) % 1_000_003

    running = averages()
    running.send(None)
    average = 0
    for x in numbers(count):
        average = running.send(x)
    print(rising, checksum, average)


main()
