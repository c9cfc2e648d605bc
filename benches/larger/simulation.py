# Simulation: customers of some kinds go through a shop; events wait in a heap for their time. Many small classes,
# inheritance, methods that the kinds override, properties and operators.
from sys import argv


class Random:
    def __init__(self, seed):
        self.seed = seed

    def below(self, limit):
        self.seed = (self.seed * 3877 + 29573) % 139968
        return self.seed * limit // 139968


class Event:
    def __init__(self, time, number):
        self.time = time
        self.number = number

    def __lt__(self, other):
        return self.time < other.time or (self.time == other.time and self.number < other.number)

    def happen(self, shop):
        pass


class Arrival(Event):
    def __init__(self, time, number, customer):
        super().__init__(time, number)
        self.customer = customer

    def happen(self, shop):
        shop.arrivals += 1
        shop.admit(self.customer)
        shop.expect_next()


class Finished(Event):
    def __init__(self, time, number, counter):
        super().__init__(time, number)
        self.counter = counter

    def happen(self, shop):
        self.counter.finish(shop)


class Heap:
    def __init__(self):
        self.items = []

    def __len__(self):
        return len(self.items)

    def push(self, item):
        items = self.items
        items.append(item)
        place = len(items) - 1
        while place > 0:
            above = (place - 1) // 2
            if not (item < items[above]):
                break
            items[place] = items[above]
            place = above
        items[place] = item

    def pop(self):
        items = self.items
        first = items[0]
        last = items.pop()
        size = len(items)
        if size > 0:
            place = 0
            while True:
                below = 2 * place + 1
                if below >= size:
                    break
                if below + 1 < size and items[below + 1] < items[below]:
                    below += 1
                if not (items[below] < last):
                    break
                items[place] = items[below]
                place = below
            items[place] = last
        return first


class Customer:
    def __init__(self, number, arrived):
        self.number = number
        self.arrived = arrived
        self.wares = 0

    def choose(self, random):
        self.wares = 1 + random.below(20)

    def service_time(self):
        return 5 + 2 * self.wares

    @property
    def is_patient(self):
        return True


class Hurried(Customer):
    def choose(self, random):
        self.wares = 1 + random.below(4)

    @property
    def is_patient(self):
        return False


class Elderly(Customer):
    def service_time(self):
        return super().service_time() * 2


class Counter:
    def __init__(self, number):
        self.number = number
        self.queue = []
        self.served = 0
        self.busy_until = 0

    def length(self):
        return len(self.queue)

    def join(self, customer, shop):
        self.queue.append(customer)
        if self.length() == 1:
            self.start(shop)

    def start(self, shop):
        self.busy_until = shop.time + self.queue[0].service_time()
        shop.schedule(Finished(self.busy_until, shop.next_number(), self))

    def finish(self, shop):
        customer = self.queue.pop(0)
        self.served += 1
        shop.waited += shop.time - customer.arrived
        if self.length() > 0:
            self.start(shop)


class Shop:
    def __init__(self, counters, customers):
        self.random = Random(42)
        self.counters = [Counter(i) for i in range(counters)]
        self.customers = customers
        self.events = Heap()
        self.time = 0
        self.numbers = 0
        self.arrivals = 0
        self.left = 0
        self.waited = 0

    def next_number(self):
        self.numbers += 1
        return self.numbers

    def schedule(self, event):
        self.events.push(event)

    def expect_next(self):
        if self.arrivals >= self.customers:
            return
        time = self.time + self.random.below(14)
        kind = self.random.below(6)
        class_of = Hurried if kind == 0 else Elderly if kind == 1 else Customer
        self.schedule(Arrival(time, self.next_number(), class_of(self.arrivals, time)))

    def shortest(self):
        best = self.counters[0]
        for counter in self.counters:
            if counter.length() < best.length():
                best = counter
        return best

    def admit(self, customer):
        customer.choose(self.random)
        counter = self.shortest()
        if counter.length() > 1 and not customer.is_patient:
            self.left += 1
            return
        counter.join(customer, self)

    def run(self):
        self.expect_next()
        while len(self.events) > 0:
            event = self.events.pop()
            self.time = event.time
            event.happen(self)


def main():
    shop = Shop(6, int(argv[1]) if len(argv) > 1 else 200_000)
    shop.run()
    served = ",".join(str(counter.served) for counter in shop.counters)
    print(shop.time, shop.arrivals, shop.left, shop.waited, served)


main()
