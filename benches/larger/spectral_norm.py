# Spectral norm: the largest singular value of a matrix whose items are computed when they are needed.
from math import sqrt
from sys import argv


def item(i, j):
    ij = i + j
    return 1.0 / (ij * (ij + 1) / 2 + i + 1)


def multiply(v):
    result = []
    for i in range(len(v)):
        sum = 0.0
        for j, x in enumerate(v):
            sum += item(i, j) * x
        result.append(sum)
    return result


def multiply_transposed(v):
    result = []
    for i in range(len(v)):
        sum = 0.0
        for j, x in enumerate(v):
            sum += item(j, i) * x
        result.append(sum)
    return result


def main():
    size = int(argv[1]) if len(argv) > 1 else 500
    u = [1.0] * size
    v = u
    for _ in range(10):
        v = multiply_transposed(multiply(u))
        u = multiply_transposed(multiply(v))
    uv = 0.0
    vv = 0.0
    for a, b in zip(u, v):
        uv += a * b
        vv += b * b
    print(f"{sqrt(uv / vv):.9f}")


main()
