# Formatting: the lines of a table, with numbers in all forms, aligned and padded.
from sys import argv

NAMES = ["apple", "banana", "cherry", "date", "elderberry"]


def make_line(i, seed):
    name = NAMES[seed % 5]
    price = seed / 128
    return f"{i:>6} {name:<12}|{price:10.2f}|{seed:08d} 0x{seed:04x} {price * i:12.3e} {name[:3]}-{i}-{seed}"


def main():
    count = int(argv[1]) if len(argv) > 1 else 300_000
    seed = 42
    length = 0
    checksum = 0
    line = ""
    for i in range(count):
        seed = (seed * 3877 + 29573) % 139968
        line = make_line(i, seed)
        length += len(line)
        checksum = (checksum * 3 + len(f"{seed}:{i}") + len(f"{seed / 8:g}")) % 1_000_003
    print(length, checksum, line)


main()
