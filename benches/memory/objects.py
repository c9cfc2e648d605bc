# Makes many objects of one kind and keeps them all: what they take is the difference that run.py finds in the peak.
from sys import argv


class Point:
    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z


def make_closure(i):
    return lambda: i


MAKERS = {
    "nil": lambda i: None,
    "string": lambda i: f"string {i:07d}",
    "tuple": lambda i: (i, i),
    "list": lambda i: [i, i],
    "instance": lambda i: Point(i, i, i),
    "closure": make_closure,
}


def fill(count, make):
    items = [None] * count
    for i in range(count):
        items[i] = make(i)
    return items


def fill_ints(count):
    items = []
    for i in range(count):
        items.append(i + 1000)
    return items


def fill_floats(count):
    items = []
    for i in range(count):
        items.append(i + 0.5)
    return items


def fill_dict(count):
    items = {}
    for i in range(count):
        items[i] = i
    return items


def main():
    kind = argv[1]
    count = int(argv[2])
    if kind == "nothing":
        return None
    if kind == "int":
        return fill_ints(count)
    if kind == "float":
        return fill_floats(count)
    if kind == "dict":
        return fill_dict(count)
    return fill(count, MAKERS[kind])


print(0 if main() is None else int(argv[2]))
