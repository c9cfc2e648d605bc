# Mandelbrot: a picture of the set, its bytes combined by exclusive or. The iterations are the picture's size.
from harness import Benchmark, run


class Mandelbrot(Benchmark):
    def inner_benchmark_loop(self, inner_iterations):
        result = self.mandelbrot(inner_iterations)
        if not self.verify_result(result, inner_iterations):
            raise RuntimeError(f"Mandelbrot: wrong result {result} for size {inner_iterations}")
        return result

    def verify_result(self, result, inner_iterations):
        if inner_iterations == 500:
            return result == 191
        if inner_iterations == 750:
            return result == 50
        if inner_iterations == 1:
            return result == 128
        raise ValueError(f"the result for size {inner_iterations} is not known")

    def mandelbrot(self, size):
        sum_ = 0
        byte_acc = 0
        bit_num = 0

        y = 0
        while y < size:
            ci = 2.0 * y / size - 1.0
            x = 0

            while x < size:
                zrzr = 0.0
                zi = 0.0
                zizi = 0.0
                cr = 2.0 * x / size - 1.5

                z = 0
                not_done = True
                escape = 0
                while not_done and z < 50:
                    zr = zrzr - zizi + cr
                    zi = 2.0 * zr * zi + ci

                    zrzr = zr * zr
                    zizi = zi * zi

                    if zrzr + zizi > 4.0:
                        not_done = False
                        escape = 1
                    z += 1

                byte_acc = (byte_acc << 1) + escape
                bit_num += 1

                if bit_num == 8:
                    sum_ ^= byte_acc
                    byte_acc = 0
                    bit_num = 0
                elif x == size - 1:
                    byte_acc <<= 8 - bit_num
                    sum_ ^= byte_acc
                    byte_acc = 0
                    bit_num = 0
                x += 1
            y += 1
        return sum_


run(Mandelbrot(), 750)
