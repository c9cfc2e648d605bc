# Strings and dicts: half a million words are built, joined, split again and counted.
from sys import argv


def build(length):
    words = []
    seed = 42
    for i in range(length):
        seed = (seed * 3877 + 29573) % 139968
        words.append("word" + str(seed % 5003))
    return " ".join(words)


def count(text):
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts


def commonest(counts):
    best = ""
    most = 0
    for word, n in counts.items():
        if n > most or (n == most and word < best):
            best = word
            most = n
    return best, most


def run(length):
    text = build(length)
    counts = count(text)
    word, n = commonest(counts)
    print(len(text), len(counts), word, n)


run(int(argv[1]) if len(argv) > 1 else 500_000)
