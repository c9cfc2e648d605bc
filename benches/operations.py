"""Operations on a million items; prints for each how long it takes, in milliseconds of processor time."""

import random
import time

COUNT = 1_000_000


def main():
    random.seed(7)
    ints = [random.getrandbits(31) for _ in range(COUNT)]
    floats = [x / 7 for x in ints]
    words = [str(x) for x in ints]
    pairs = [(x % 1000, x) for x in ints]
    text = " ".join(words)
    lines = "\n".join(words)
    table = {x: x for x in ints}
    names = {s: s for s in words}
    left, right = set(ints), set(ints[COUNT // 2:])

    report("sorted, ints", lambda: sorted(ints))
    report("sorted, floats", lambda: sorted(floats))
    report("sorted, strings", lambda: sorted(words))
    report("sorted, tuples", lambda: sorted(pairs))
    report("sorted, reversed", lambda: sorted(ints, reverse=True))
    report("sorted, by a key", lambda: sorted(ints, key=lambda x: -x))
    report("split at blanks", lambda: text.split())
    report("split at a separator", lambda: text.split(" "))
    report("splitlines", lambda: lines.splitlines())
    report("join", lambda: ",".join(words))
    report("dict of ints", lambda: {x: 1 for x in ints})
    report("dict of strings", lambda: {s: 1 for s in words})
    report("dict counting", lambda: count(ints))
    report("dict lookup, ints", lambda: look_up(ints, table))
    report("dict lookup, strings", lambda: look_up(words, names))
    report("dict copy", lambda: table.copy())
    report("dict union", lambda: table | table)
    report("dict pop", lambda: pop_all(ints, table))
    report("set of ints", lambda: set(ints))
    report("set of strings", lambda: set(words))
    report("set union", lambda: left | right)
    report("set intersection", lambda: left & right)
    report("set difference", lambda: left - right)
    report("set symmetric difference", lambda: left ^ right)
    report("set membership", lambda: look_up(ints, right))


def count(items):
    counts = {}
    for item in items:
        key = item % 1000
        counts[key] = counts.get(key, 0) + 1
    return counts


def look_up(keys, container):
    found = 0
    for key in keys:
        if key in container:
            found += 1
    return found


def pop_all(keys, table):
    rest = table.copy()
    for key in keys:
        rest.pop(key, None)


def report(name, operation):
    best, results = None, []  # they are kept, so that none gets the memory of the one before
    for _ in range(3):
        start = time.process_time()
        results.append(operation())
        taken = time.process_time() - start
        best = taken if best is None or taken < best else best
    print(f"{name}: {best * 1000:.2f}")


main()
