"""What the benchmarks share: the loop that runs and checks them, and their own random numbers."""

from sys import argv


class Benchmark:
    def benchmark(self):
        raise NotImplementedError

    def verify_result(self, result):
        raise NotImplementedError

    def describe(self, result):
        return str(result)

    def inner_benchmark_loop(self, inner_iterations):
        """Runs the benchmark so many times, checks each result, and returns the last one."""
        result = None
        for _ in range(inner_iterations):
            result = self.benchmark()
            if not self.verify_result(result):
                raise RuntimeError(f"{type(self).__name__}: wrong result {result}")
        return result


class Random:
    def __init__(self):
        self.seed = 74755

    def next(self):
        self.seed = (self.seed * 1309 + 13849) & 65535
        return self.seed


def run(benchmark, inner_iterations):
    """An argument of the program is the iterations instead of those that it wants to have."""
    iterations = int(argv[1]) if len(argv) > 1 else inner_iterations
    result = benchmark.inner_benchmark_loop(iterations)
    print(f"{type(benchmark).__name__}: {benchmark.describe(result)}")
