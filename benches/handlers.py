"""Exit handlers by the ten thousand; prints for each way to use them how long it takes, in milliseconds of processor time."""

import atexit
import random
import time


def main():
    report("register and run 1,000,000", register_many(1_000_000), atexit._run_exitfuncs)
    for count in [10_000, 20_000]:
        unregister_all(count)


def nothing():
    pass


def register_many(count):
    def register():
        for _ in range(count):
            atexit.register(nothing)
    return register


# As many different functions, registered, and then unregistered one by one.
def unregister_all(count):
    functions = [lambda i=i: i for i in range(count)]
    shuffled = functions[:]
    random.seed(7)
    random.shuffle(shuffled)
    for name, order in [("forwards", functions), ("backwards", functions[::-1]), ("in random order", shuffled)]:
        # What was unregistered leaves a gap in Python's list, which the next round would look at again.
        atexit._clear()
        for f in functions:
            atexit.register(f)
        report(f"unregister {count:,}, {name}", nothing, lambda: [atexit.unregister(f) for f in order])


def report(name, first, second):
    start = time.process_time()
    first()
    second()
    print(f"{name}: {(time.process_time() - start) * 1000:.3f}")


main()
