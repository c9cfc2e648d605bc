# Fannkuch: for every permutation of nine numbers, how often its head can be turned over until it starts with the least.
from sys import argv


def fannkuch(n):
    permutation = list(range(n))
    counts = [0] * n
    most = 0
    checksum = 0
    sign = 1
    while True:
        first = permutation[0]
        if first != 0:
            q = permutation.copy()
            flips = 1
            top = first
            while q[top] != 0:
                next = q[top]
                q[top] = top
                if top > 2:
                    i = 1
                    j = top - 1
                    while i < j:
                        q[i], q[j] = q[j], q[i]
                        i += 1
                        j -= 1
                top = next
                flips += 1
            if flips > most:
                most = flips
            checksum += sign * flips
        # The next permutation, one exchange at a time with the sign, a rotation every second time.
        if sign == 1:
            permutation[0], permutation[1] = permutation[1], permutation[0]
            sign = -1
        else:
            permutation[1], permutation[2] = permutation[2], permutation[1]
            sign = 1
            i = 2
            while counts[i] == i:
                counts[i] = 0
                i += 1
                if i == n:
                    return checksum, most
                head = permutation[0]
                for j in range(i):
                    permutation[j] = permutation[j + 1]
                permutation[i] = head
            counts[i] += 1


def main():
    n = int(argv[1]) if len(argv) > 1 else 9
    checksum, most = fannkuch(n)
    print(checksum, most)


main()
