# Pauses: beside a million objects that live, short-lived ones are made, and the longest round is shown in milliseconds
# of processor time. A round makes so little that what sticks out is the collector's work.
from sys import argv
from time import process_time


class Node:
    def __init__(self, value, next):
        self.value = value
        self.next = next


def make_live(count):
    heads = []
    node = None
    for i in range(count):
        node = Node(i, node if i % 100 else None)
        if i % 100 == 99:
            heads.append(node)
    return heads


def longest_round(rounds):
    longest = 0.0
    before = process_time()
    for _ in range(rounds):
        for j in range(100):
            Node(j, None)
        now = process_time()
        took = now - before
        if took > longest:
            longest = took
        before = now
    return longest


def main():
    count = int(argv[1]) if len(argv) > 1 else 1_000_000
    live = make_live(count)
    longest = longest_round(count // 20)
    print(f"{longest * 1000:.3f}")
    return live


main()
