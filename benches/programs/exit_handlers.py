# The end of a program: a million exit handlers registered and run. Lua has no such thing.
import atexit

total = 0


def add(n):
    global total
    total += n & 3


def show():
    print(total)


def run(count):
    # The first one registered runs last.
    atexit.register(show)
    for i in range(count):
        atexit.register(add, i)


run(1_000_000)
