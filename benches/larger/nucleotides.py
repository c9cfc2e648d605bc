# Nucleotides: pieces of some lengths of a long text of four letters are counted in dicts.
from sys import argv


def make_sequence(length):
    letters = []
    seed = 42
    for _ in range(length):
        seed = (seed * 3877 + 29573) % 139968
        letters.append("a" if seed < 42400 else "c" if seed < 70100 else "g" if seed < 97700 else "t")
    return "".join(letters)


def count_pieces(sequence, length):
    counts = {}
    for i in range(len(sequence) - length + 1):
        piece = sequence[i:i + length]
        counts[piece] = counts.get(piece, 0) + 1
    return counts


def commonest(counts):
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return f"{ranked[0][0]}:{ranked[0][1]}"


def main():
    sequence = make_sequence(int(argv[1]) if len(argv) > 1 else 250_000)
    found = []
    for length in [1, 2, 3, 4, 6, 12]:
        found.append(commonest(count_pieces(sequence, length)))
    counts = count_pieces(sequence, 18)
    sought = ["ggtattttaatttatagt", "gaa", sequence[100:118]]
    print(*found, len(counts), *[counts.get(piece, 0) for piece in sought])


main()
