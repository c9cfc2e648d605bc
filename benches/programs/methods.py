# Method calls on objects: two classes, one of which extends the other and calls upwards.
from sys import argv


class Toggle:
    def __init__(self, state):
        self.state = state

    def value(self):
        return self.state

    def activate(self):
        self.state = not self.state
        return self


class NthToggle(Toggle):
    def __init__(self, state, limit):
        super().__init__(state)
        self.limit = limit
        self.count = 0

    def activate(self):
        self.count += 1
        if self.count >= self.limit:
            super().activate()
            self.count = 0
        return self


def run(rounds):
    toggle = Toggle(True)
    slow_toggle = NthToggle(True, 3)
    on = 0
    for _ in range(rounds):
        if toggle.activate().value():
            on += 1
        if slow_toggle.activate().value():
            on += 1
    return on


print(run(int(argv[1]) if len(argv) > 1 else 2_000_000))
