# Nested loops over integers: sixteen million rounds of a multiplication, a mask and a sum.
from sys import argv


def run(n):
    total = 0
    for i in range(n):
        for j in range(n):
            total += (i * j) & 255
    return total


print(run(int(argv[1]) if len(argv) > 1 else 4000))
