# Exceptions: a million raised in one function and caught in another.
from sys import argv


def fail(n):
    raise ValueError(n)


def run(rounds):
    total = 0
    for i in range(rounds):
        try:
            fail(i)
        except ValueError as e:
            total += e.args[0] & 3
    return total


print(run(int(argv[1]) if len(argv) > 1 else 1_000_000))
