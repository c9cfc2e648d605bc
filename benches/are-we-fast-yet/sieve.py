# Sieve: the primes up to 5,000 by the sieve of Eratosthenes.
from harness import Benchmark, run


class Sieve(Benchmark):
    def benchmark(self):
        flags = [True] * 5000
        return self.sieve(flags, 5000)

    def verify_result(self, result):
        return result == 669

    def sieve(self, flags, size):
        prime_count = 0
        for i in range(2, size + 1):
            if flags[i - 1]:
                prime_count += 1
                k = i + i
                while k <= size:
                    flags[k - 1] = False
                    k += i
        return prime_count


run(Sieve(), 2000)
