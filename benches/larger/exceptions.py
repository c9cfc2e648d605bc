# Exceptions: orders are checked by functions within functions; most of what is wrong is caught, told apart by class,
# wrapped and raised again, and what was opened is closed on the way.
from sys import argv


class OrderError(Exception):
    pass


class UnknownItem(OrderError):
    def __init__(self, item):
        super().__init__(f"there is no item {item}")
        self.item = item


class OutOfStock(OrderError):
    def __init__(self, item, missing):
        super().__init__(f"{missing} of {item} are missing")
        self.missing = missing


class Rejected(Exception):
    pass


class Store:
    def __init__(self, items):
        self.stock = {}
        for item in range(items):
            self.stock[item] = 3
        self.open = 0
        self.closed = 0

    def take(self, item, amount):
        if item not in self.stock:
            raise UnknownItem(item)
        left = self.stock[item] - amount
        if left < 0:
            self.stock[item] = 3
            raise OutOfStock(item, -left)
        self.stock[item] = left
        return amount

    def reserve(self, item, amount):
        self.open += 1
        try:
            return self.take(item, amount)
        finally:
            self.closed += 1

    def order(self, item, amount):
        try:
            return self.reserve(item, amount)
        except UnknownItem as e:
            if e.item % 2 == 0:
                raise
            raise Rejected("an odd one") from e


def parse(text):
    try:
        return int(text)
    except ValueError:
        return 1


def run(orders):
    store = Store(600)
    taken = 0
    missing = 0
    unknown = 0
    rejected = 0
    seed = 42
    for _ in range(orders):
        seed = (seed * 3877 + 29573) % 139968
        try:
            taken += store.order(seed % 1000, parse("one" if seed % 3 == 0 else "2"))
        except Rejected:
            rejected += 1
        except OutOfStock as e:
            missing += e.missing
        except OrderError:
            unknown += 1
    return taken, missing, unknown, rejected, store.open == store.closed


def main():
    taken, missing, unknown, rejected, all_closed = run(int(argv[1]) if len(argv) > 1 else 500_000)
    print(taken, missing, unknown, rejected, "closed" if all_closed else "open")


main()
