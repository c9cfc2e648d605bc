# Lists: the sieve of Eratosthenes up to five million.
from sys import argv


def count_primes(limit):
    is_prime = [True] * (limit + 1)
    is_prime[0] = False
    is_prime[1] = False
    i = 2
    while i * i <= limit:
        if is_prime[i]:
            for j in range(i * i, limit + 1, i):
                is_prime[j] = False
        i += 1
    count = 0
    for flag in is_prime:
        if flag:
            count += 1
    return count


print(count_primes(int(argv[1]) if len(argv) > 1 else 5_000_000))
