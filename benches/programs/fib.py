# Calls: the naive Fibonacci function, some seven million of them.
from sys import argv


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


print(fib(int(argv[1]) if len(argv) > 1 else 32))
