# Closures: functions made in a loop, that share and change what they captured.
from sys import argv


def make_counter(step):
    count = 0

    def counter():
        nonlocal count
        count += step
        return count

    return counter


def compose(f, g):
    return lambda x: f(g(x))


def run(rounds):
    total = 0
    for i in range(rounds):
        counter = make_counter(i % 7)
        counter()
        counter()
        counter()
        total += counter()
        twice_and_more = compose(lambda x: x + i, lambda x: x * 2)
        total += twice_and_more(3) & 15
    return total


print(run(int(argv[1]) if len(argv) > 1 else 500_000))
