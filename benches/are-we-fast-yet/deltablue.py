# DeltaBlue: a solver that keeps constraints between variables satisfied, a change at a time.

from som import IdentityDictionary, Vector
from sys import argv

ROUNDS = int(argv[1]) if len(argv) > 1 else 25
SIZE = 1000


class Sym:
    def __init__(self, hash):
        self.hash = hash

    def custom_hash(self):
        return self.hash


ABSOLUTE_STRONGEST = Sym(0)
REQUIRED = Sym(1)
STRONG_PREFERRED = Sym(2)
PREFERRED = Sym(3)
STRONG_DEFAULT = Sym(4)
DEFAULT = Sym(5)
WEAK_DEFAULT = Sym(6)
ABSOLUTE_WEAKEST = Sym(7)


def create_strength_table():
    table = IdentityDictionary()
    table.at_put(ABSOLUTE_STRONGEST, -10_000)
    table.at_put(REQUIRED, -800)
    table.at_put(STRONG_PREFERRED, -600)
    table.at_put(PREFERRED, -400)
    table.at_put(STRONG_DEFAULT, -200)
    table.at_put(DEFAULT, 0)
    table.at_put(WEAK_DEFAULT, 500)
    table.at_put(ABSOLUTE_WEAKEST, 10_000)
    return table


def create_strengths():
    strengths = IdentityDictionary()
    strength_table.keys().for_each(lambda sym: strengths.at_put(sym, Strength(sym)))
    return strengths


class Strength:
    def __init__(self, sym):
        self.symbolic_value = sym
        self.arithmetic_value = strength_table.at(sym)

    @staticmethod
    def of(sym):
        return strengths.at(sym)

    def same_as(self, other):
        return self.arithmetic_value == other.arithmetic_value

    def stronger(self, other):
        return self.arithmetic_value < other.arithmetic_value

    def weaker(self, other):
        return self.arithmetic_value > other.arithmetic_value

    def strongest(self, other):
        return other if other.stronger(self) else self

    def weakest(self, other):
        return other if other.weaker(self) else self


strength_table = create_strength_table()
strengths = create_strengths()
weakest_strength = Strength.of(ABSOLUTE_WEAKEST)
required_strength = Strength.of(REQUIRED)

# The ways in which the data can flow through a constraint between two variables.
FORWARD = "forward"
BACKWARD = "backward"


class AbstractConstraint:
    def __init__(self, sym):
        self.strength = Strength.of(sym)

    def is_input(self):
        return False

    def add_constraint(self, planner):
        self.add_to_graph()
        planner.incremental_add(self)

    def destroy_constraint(self, planner):
        if self.is_satisfied():
            planner.incremental_remove(self)
        self.remove_from_graph()

    def inputs_known(self, mark):
        return not self.inputs_has_one(lambda v: not (v.mark == mark or v.stay or v.determined_by is None))

    # Finds a way to satisfy this constraint; the one that had to give way, if any.
    def satisfy(self, mark, planner):
        self.choose_method(mark)
        if not self.is_satisfied():
            if self.strength.same_as(required_strength):
                raise RuntimeError("a required constraint cannot be satisfied")
            return None

        # Marked inputs show a cycle while the change is being passed on.
        def set_mark(v):
            v.mark = mark

        self.inputs_do(set_mark)
        out = self.output()
        overridden = out.determined_by
        if overridden is not None:
            overridden.mark_unsatisfied()
        out.determined_by = self
        if not planner.add_propagate(self, mark):
            raise RuntimeError("a cycle was made")
        out.mark = mark
        return overridden


# Has two variables, of which either may be the output.
class BinaryConstraint(AbstractConstraint):
    def __init__(self, v1, v2, sym):
        super().__init__(sym)
        self.v1 = v1
        self.v2 = v2
        self.direction = None

    def is_satisfied(self):
        return self.direction is not None

    def add_to_graph(self):
        self.v1.add_constraint(self)
        self.v2.add_constraint(self)
        self.direction = None

    def remove_from_graph(self):
        if self.v1 is not None:
            self.v1.remove_constraint(self)
        if self.v2 is not None:
            self.v2.remove_constraint(self)
        self.direction = None

    def choose_method(self, mark):
        if self.v1.mark == mark:
            self.direction = (
                FORWARD if self.v2.mark != mark and self.strength.stronger(self.v2.walk_strength) else None
            )
        elif self.v2.mark == mark:
            self.direction = (
                BACKWARD if self.v1.mark != mark and self.strength.stronger(self.v1.walk_strength) else None
            )
        elif self.v1.walk_strength.weaker(self.v2.walk_strength):
            # Neither is marked, so there is a choice.
            self.direction = BACKWARD if self.strength.stronger(self.v1.walk_strength) else None
        else:
            self.direction = FORWARD if self.strength.stronger(self.v2.walk_strength) else None

    def inputs_do(self, function):
        if self.direction == FORWARD:
            function(self.v1)
        else:
            function(self.v2)

    def inputs_has_one(self, function):
        return function(self.v1) if self.direction == FORWARD else function(self.v2)

    def mark_unsatisfied(self):
        self.direction = None

    def output(self):
        return self.v2 if self.direction == FORWARD else self.v1

    def recalculate(self):
        source = self.v1
        out = self.v2
        if self.direction != FORWARD:
            source = self.v2
            out = self.v1
        out.walk_strength = self.strength.weakest(source.walk_strength)
        out.stay = source.stay
        if out.stay:
            self.execute()


# Has one variable, which is its output.
class UnaryConstraint(AbstractConstraint):
    def __init__(self, v, sym, planner):
        super().__init__(sym)
        self.variable = v
        self.satisfied = False
        self.add_constraint(planner)

    def is_satisfied(self):
        return self.satisfied

    def add_to_graph(self):
        self.variable.add_constraint(self)
        self.satisfied = False

    def remove_from_graph(self):
        if self.variable is not None:
            self.variable.remove_constraint(self)
        self.satisfied = False

    def choose_method(self, mark):
        self.satisfied = self.variable.mark != mark and self.strength.stronger(self.variable.walk_strength)

    def inputs_do(self, function):
        pass

    def inputs_has_one(self, function):
        return False

    def mark_unsatisfied(self):
        self.satisfied = False

    def output(self):
        return self.variable

    def recalculate(self):
        self.variable.walk_strength = self.strength
        self.variable.stay = not self.is_input()
        if self.variable.stay:
            self.execute()


# Marks a variable that somebody outside wants to change.
class EditConstraint(UnaryConstraint):
    def is_input(self):
        return True

    def execute(self):
        pass


# Keeps a variable as it is.
class StayConstraint(UnaryConstraint):
    def execute(self):
        pass


# Keeps two variables equal.
class EqualityConstraint(BinaryConstraint):
    def __init__(self, v1, v2, sym, planner):
        super().__init__(v1, v2, sym)
        self.add_constraint(planner)

    def execute(self):
        if self.direction == FORWARD:
            self.v2.value = self.v1.value
        else:
            self.v1.value = self.v2.value


# Keeps v2 = v1 * scale + offset, by changing v1 or v2.
class ScaleConstraint(BinaryConstraint):
    def __init__(self, source, scale, offset, dest, sym, planner):
        super().__init__(source, dest, sym)
        self.scale = scale
        self.offset = offset
        self.add_constraint(planner)

    def add_to_graph(self):
        self.v1.add_constraint(self)
        self.v2.add_constraint(self)
        self.scale.add_constraint(self)
        self.offset.add_constraint(self)
        self.direction = None

    def remove_from_graph(self):
        if self.v1 is not None:
            self.v1.remove_constraint(self)
        if self.v2 is not None:
            self.v2.remove_constraint(self)
        if self.scale is not None:
            self.scale.remove_constraint(self)
        if self.offset is not None:
            self.offset.remove_constraint(self)
        self.direction = None

    def execute(self):
        if self.direction == FORWARD:
            self.v2.value = self.v1.value * self.scale.value + self.offset.value
        else:
            self.v1.value = (self.v2.value - self.offset.value) / self.scale.value

    def inputs_do(self, function):
        if self.direction == FORWARD:
            function(self.v1)
        else:
            function(self.v2)
        function(self.scale)
        function(self.offset)

    def recalculate(self):
        source = self.v1
        out = self.v2
        if self.direction != FORWARD:
            source = self.v2
            out = self.v1
        out.walk_strength = self.strength.weakest(source.walk_strength)
        out.stay = source.stay and self.scale.stay and self.offset.stay
        if out.stay:
            self.execute()


class Variable:
    def __init__(self, value=0):
        self.value = value
        self.constraints = Vector(2)
        self.determined_by = None
        self.mark = 0
        self.walk_strength = weakest_strength
        self.stay = True

    def add_constraint(self, constraint):
        self.constraints.append(constraint)

    def remove_constraint(self, constraint):
        self.constraints.remove(constraint)
        if self.determined_by is constraint:
            self.determined_by = None


# Constraints in the order in which they are to be executed.
class Plan(Vector):
    def __init__(self):
        super().__init__(15)

    def execute(self):
        self.for_each(lambda constraint: constraint.execute())


class Planner:
    def __init__(self):
        self.current_mark = 1

    # Satisfies a constraint, then those that gave way to it, as long as there are any.
    def incremental_add(self, constraint):
        mark = self.new_mark()
        overridden = constraint.satisfy(mark, self)
        while overridden is not None:
            overridden = overridden.satisfy(mark, self)

    # Takes a constraint out, and satisfies, strongest first, what could not be satisfied because of it.
    def incremental_remove(self, constraint):
        out = constraint.output()
        constraint.mark_unsatisfied()
        constraint.remove_from_graph()
        unsatisfied = self.remove_propagate_from(out)
        unsatisfied.for_each(lambda other: self.incremental_add(other))

    def extract_plan_from_constraints(self, constraints):
        sources = Vector()

        def collect(constraint):
            if constraint.is_input() and constraint.is_satisfied():
                sources.append(constraint)

        constraints.for_each(collect)
        return self.make_plan(sources)

    # A constraint gets into the plan as soon as all its inputs are known.
    def make_plan(self, sources):
        mark = self.new_mark()
        plan = Plan()
        todo = sources
        while not todo.is_empty():
            constraint = todo.remove_first()
            if constraint.output().mark != mark and constraint.inputs_known(mark):
                plan.append(constraint)
                constraint.output().mark = mark
                self.add_constraints_consuming_to(constraint.output(), todo)
        return plan

    def add_constraints_consuming_to(self, v, collection):
        determining = v.determined_by

        def collect(constraint):
            if constraint is not determining and constraint.is_satisfied():
                collection.append(constraint)

        v.constraints.for_each(collect)

    # Passes a new constraint's effect on downstream; false if that leads back to it.
    def add_propagate(self, constraint, mark):
        todo = Vector.with_item(constraint)
        while not todo.is_empty():
            next = todo.remove_first()
            if next.output().mark == mark:
                self.incremental_remove(constraint)
                return False
            next.recalculate()
            self.add_constraints_consuming_to(next.output(), todo)
        return True

    def change(self, v, value):
        edit = EditConstraint(v, PREFERRED, self)
        plan = self.extract_plan_from_constraints(Vector.with_item(edit))
        for _ in range(10):
            v.value = value
            plan.execute()
        edit.destroy_constraint(self)

    def constraints_consuming(self, v, function):
        determining = v.determined_by

        def pass_on(constraint):
            if constraint is not determining and constraint.is_satisfied():
                function(constraint)

        v.constraints.for_each(pass_on)

    def new_mark(self):
        mark = self.current_mark
        self.current_mark += 1
        return mark

    # What is downstream of a variable that nothing determines any more; the unsatisfied constraints met there.
    def remove_propagate_from(self, out):
        unsatisfied = Vector()
        out.determined_by = None
        out.walk_strength = weakest_strength
        out.stay = True
        todo = Vector.with_item(out)
        while not todo.is_empty():
            v = todo.remove_first()

            def collect(constraint):
                if not constraint.is_satisfied():
                    unsatisfied.append(constraint)

            def recalculate(constraint):
                constraint.recalculate()
                todo.append(constraint.output())

            v.constraints.for_each(collect)
            self.constraints_consuming(v, recalculate)

        unsatisfied.sort(lambda a, b: a.strength.stronger(b.strength))
        return unsatisfied


# A chain of equalities, with a stay at one end and an edit at the other.
def chain_test(n):
    planner = Planner()
    variables = [Variable() for _ in range(n + 1)]
    for i in range(n):
        EqualityConstraint(variables[i], variables[i + 1], REQUIRED, planner)
    StayConstraint(variables[n], STRONG_DEFAULT, planner)
    edit = EditConstraint(variables[0], PREFERRED, planner)
    plan = planner.extract_plan_from_constraints(Vector.with_item(edit))
    for i in range(100):
        variables[0].value = i
        plan.execute()
        if variables[n].value != i:
            raise RuntimeError("the chain test failed")
    edit.destroy_constraint(planner)


# Pairs of variables, all related by one scale and one offset; each of the four is changed in turn.
def projection_test(n):
    planner = Planner()
    dests = Vector()
    scale = Variable(10)
    offset = Variable(1000)
    source = None
    dest = None
    for i in range(1, n + 1):
        source = Variable(i)
        dest = Variable(i)
        dests.append(dest)
        StayConstraint(source, DEFAULT, planner)
        ScaleConstraint(source, scale, offset, dest, REQUIRED, planner)

    planner.change(source, 17)
    if dest.value != 1170:
        raise RuntimeError("projection test 1 failed")
    planner.change(dest, 1050)
    if source.value != 5:
        raise RuntimeError("projection test 2 failed")
    planner.change(scale, 5)
    for i in range(n - 1):
        if dests.at(i).value != (i + 1) * 5 + 1000:
            raise RuntimeError("projection test 3 failed")
    planner.change(offset, 2000)
    for i in range(n - 1):
        if dests.at(i).value != (i + 1) * 5 + 2000:
            raise RuntimeError("projection test 4 failed")


def main():
    for _ in range(ROUNDS):
        chain_test(SIZE)
        projection_test(SIZE)
    print(f"DeltaBlue: {ROUNDS} times {SIZE} constraints satisfied")


main()
