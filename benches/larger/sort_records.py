# Sorting: half a million records by a number that each has, then by a text that is computed.
from sys import argv


class Person:
    def __init__(self, number, name, income):
        self.number = number
        self.name = name
        self.income = income


def make_people(count):
    people = []
    seed = 42
    for i in range(count):
        seed = (seed * 1_103_515 + 12_345) % 2_147_483
        people.append(Person(i, f"Name{seed % 99_991}", seed * 1_000_003 % 19_999_999))
    return people


def main():
    people = make_people(int(argv[1]) if len(argv) > 1 else 500_000)
    people.sort(key=lambda person: person.income)
    by_income = people[0].income, people[len(people) // 2].income, people[-1].income
    by_name = sorted(people, key=lambda person: person.name.lower())
    print(*by_income, by_name[0].name, by_name[len(people) // 2].name, by_name[-1].name)


main()
