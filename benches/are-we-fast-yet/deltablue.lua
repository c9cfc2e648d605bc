-- DeltaBlue: a solver that keeps constraints between variables satisfied, a change at a time.
package.path = (arg[0]:match("^.*/") or "./") .. "?.lua;" .. package.path
local som = require("som")
local class, IdentityDictionary, Vector = som.class, som.IdentityDictionary, som.Vector

local ROUNDS = tonumber(arg[1]) or 25
local SIZE = 1000

local Sym = class()

function Sym.new(hash)
    return setmetatable({ hash = hash }, Sym)
end

function Sym:custom_hash()
    return self.hash
end

local ABSOLUTE_STRONGEST = Sym.new(0)
local REQUIRED = Sym.new(1)
local STRONG_PREFERRED = Sym.new(2)
local PREFERRED = Sym.new(3)
local STRONG_DEFAULT = Sym.new(4)
local DEFAULT = Sym.new(5)
local WEAK_DEFAULT = Sym.new(6)
local ABSOLUTE_WEAKEST = Sym.new(7)

local function create_strength_table()
    local strength_table = IdentityDictionary.new()
    strength_table:at_put(ABSOLUTE_STRONGEST, -10000)
    strength_table:at_put(REQUIRED, -800)
    strength_table:at_put(STRONG_PREFERRED, -600)
    strength_table:at_put(PREFERRED, -400)
    strength_table:at_put(STRONG_DEFAULT, -200)
    strength_table:at_put(DEFAULT, 0)
    strength_table:at_put(WEAK_DEFAULT, 500)
    strength_table:at_put(ABSOLUTE_WEAKEST, 10000)
    return strength_table
end

local strength_table = create_strength_table()
local strengths

local Strength = class()

function Strength.new(sym)
    return setmetatable({
        symbolic_value = sym,
        arithmetic_value = strength_table:at(sym),
    }, Strength)
end

function Strength.of(sym)
    return strengths:at(sym)
end

function Strength:same_as(other)
    return self.arithmetic_value == other.arithmetic_value
end

function Strength:stronger(other)
    return self.arithmetic_value < other.arithmetic_value
end

function Strength:weaker(other)
    return self.arithmetic_value > other.arithmetic_value
end

function Strength:strongest(other)
    return other:stronger(self) and other or self
end

function Strength:weakest(other)
    return other:weaker(self) and other or self
end

local function create_strengths()
    local all = IdentityDictionary.new()
    strength_table:keys():for_each(function(sym)
        all:at_put(sym, Strength.new(sym))
    end)
    return all
end

strengths = create_strengths()
local weakest_strength = Strength.of(ABSOLUTE_WEAKEST)
local required_strength = Strength.of(REQUIRED)

-- The ways in which the data can flow through a constraint between two variables.
local FORWARD = "forward"
local BACKWARD = "backward"

local AbstractConstraint = class()

function AbstractConstraint:init(sym)
    self.strength = Strength.of(sym)
end

function AbstractConstraint:is_input()
    return false
end

function AbstractConstraint:add_constraint(planner)
    self:add_to_graph()
    planner:incremental_add(self)
end

function AbstractConstraint:destroy_constraint(planner)
    if self:is_satisfied() then
        planner:incremental_remove(self)
    end
    self:remove_from_graph()
end

function AbstractConstraint:inputs_known(mark)
    return not self:inputs_has_one(function(v)
        return not (v.mark == mark or v.stay or v.determined_by == nil)
    end)
end

-- Finds a way to satisfy this constraint; the one that had to give way, if any.
function AbstractConstraint:satisfy(mark, planner)
    self:choose_method(mark)
    if not self:is_satisfied() then
        if self.strength:same_as(required_strength) then
            error("a required constraint cannot be satisfied")
        end
        return nil
    end
    -- Marked inputs show a cycle while the change is being passed on.
    self:inputs_do(function(v)
        v.mark = mark
    end)
    local out = self:output()
    local overridden = out.determined_by
    if overridden ~= nil then
        overridden:mark_unsatisfied()
    end
    out.determined_by = self
    if not planner:add_propagate(self, mark) then
        error("a cycle was made")
    end
    out.mark = mark
    return overridden
end

-- Has two variables, of which either may be the output.
local BinaryConstraint = class(AbstractConstraint)

function BinaryConstraint:init(v1, v2, sym)
    AbstractConstraint.init(self, sym)
    self.v1 = v1
    self.v2 = v2
    self.direction = nil
end

function BinaryConstraint:is_satisfied()
    return self.direction ~= nil
end

function BinaryConstraint:add_to_graph()
    self.v1:add_constraint(self)
    self.v2:add_constraint(self)
    self.direction = nil
end

function BinaryConstraint:remove_from_graph()
    if self.v1 ~= nil then
        self.v1:remove_constraint(self)
    end
    if self.v2 ~= nil then
        self.v2:remove_constraint(self)
    end
    self.direction = nil
end

function BinaryConstraint:choose_method(mark)
    if self.v1.mark == mark then
        self.direction = self.v2.mark ~= mark and self.strength:stronger(self.v2.walk_strength) and FORWARD or nil
    elseif self.v2.mark == mark then
        self.direction = self.v1.mark ~= mark and self.strength:stronger(self.v1.walk_strength) and BACKWARD or nil
    elseif self.v1.walk_strength:weaker(self.v2.walk_strength) then
        -- Neither is marked, so there is a choice.
        self.direction = self.strength:stronger(self.v1.walk_strength) and BACKWARD or nil
    else
        self.direction = self.strength:stronger(self.v2.walk_strength) and FORWARD or nil
    end
end

function BinaryConstraint:inputs_do(fn)
    if self.direction == FORWARD then
        fn(self.v1)
    else
        fn(self.v2)
    end
end

function BinaryConstraint:inputs_has_one(fn)
    if self.direction == FORWARD then
        return fn(self.v1)
    else
        return fn(self.v2)
    end
end

function BinaryConstraint:mark_unsatisfied()
    self.direction = nil
end

function BinaryConstraint:output()
    return self.direction == FORWARD and self.v2 or self.v1
end

function BinaryConstraint:recalculate()
    local source, out = self.v1, self.v2
    if self.direction ~= FORWARD then
        source, out = self.v2, self.v1
    end
    out.walk_strength = self.strength:weakest(source.walk_strength)
    out.stay = source.stay
    if out.stay then
        self:execute()
    end
end

-- Has one variable, which is its output.
local UnaryConstraint = class(AbstractConstraint)

function UnaryConstraint:init(v, sym, planner)
    AbstractConstraint.init(self, sym)
    self.variable = v
    self.satisfied = false
    self:add_constraint(planner)
end

function UnaryConstraint:is_satisfied()
    return self.satisfied
end

function UnaryConstraint:add_to_graph()
    self.variable:add_constraint(self)
    self.satisfied = false
end

function UnaryConstraint:remove_from_graph()
    if self.variable ~= nil then
        self.variable:remove_constraint(self)
    end
    self.satisfied = false
end

function UnaryConstraint:choose_method(mark)
    self.satisfied = self.variable.mark ~= mark and self.strength:stronger(self.variable.walk_strength)
end

function UnaryConstraint:inputs_do(fn)
end

function UnaryConstraint:inputs_has_one(fn)
    return false
end

function UnaryConstraint:mark_unsatisfied()
    self.satisfied = false
end

function UnaryConstraint:output()
    return self.variable
end

function UnaryConstraint:recalculate()
    self.variable.walk_strength = self.strength
    self.variable.stay = not self:is_input()
    if self.variable.stay then
        self:execute()
    end
end

-- Marks a variable that somebody outside wants to change.
local EditConstraint = class(UnaryConstraint)

function EditConstraint.new(v, sym, planner)
    local self = setmetatable({}, EditConstraint)
    self:init(v, sym, planner)
    return self
end

function EditConstraint:is_input()
    return true
end

function EditConstraint:execute()
end

-- Keeps a variable as it is.
local StayConstraint = class(UnaryConstraint)

function StayConstraint.new(v, sym, planner)
    local self = setmetatable({}, StayConstraint)
    self:init(v, sym, planner)
    return self
end

function StayConstraint:execute()
end

-- Keeps two variables equal.
local EqualityConstraint = class(BinaryConstraint)

function EqualityConstraint.new(v1, v2, sym, planner)
    local self = setmetatable({}, EqualityConstraint)
    self:init(v1, v2, sym)
    self:add_constraint(planner)
    return self
end

function EqualityConstraint:execute()
    if self.direction == FORWARD then
        self.v2.value = self.v1.value
    else
        self.v1.value = self.v2.value
    end
end

-- Keeps v2 = v1 * scale + offset, by changing v1 or v2.
local ScaleConstraint = class(BinaryConstraint)

function ScaleConstraint.new(source, scale, offset, dest, sym, planner)
    local self = setmetatable({}, ScaleConstraint)
    self:init(source, dest, sym)
    self.scale = scale
    self.offset = offset
    self:add_constraint(planner)
    return self
end

function ScaleConstraint:add_to_graph()
    self.v1:add_constraint(self)
    self.v2:add_constraint(self)
    self.scale:add_constraint(self)
    self.offset:add_constraint(self)
    self.direction = nil
end

function ScaleConstraint:remove_from_graph()
    if self.v1 ~= nil then
        self.v1:remove_constraint(self)
    end
    if self.v2 ~= nil then
        self.v2:remove_constraint(self)
    end
    if self.scale ~= nil then
        self.scale:remove_constraint(self)
    end
    if self.offset ~= nil then
        self.offset:remove_constraint(self)
    end
    self.direction = nil
end

function ScaleConstraint:execute()
    if self.direction == FORWARD then
        self.v2.value = self.v1.value * self.scale.value + self.offset.value
    else
        self.v1.value = (self.v2.value - self.offset.value) / self.scale.value
    end
end

function ScaleConstraint:inputs_do(fn)
    if self.direction == FORWARD then
        fn(self.v1)
    else
        fn(self.v2)
    end
    fn(self.scale)
    fn(self.offset)
end

function ScaleConstraint:recalculate()
    local source, out = self.v1, self.v2
    if self.direction ~= FORWARD then
        source, out = self.v2, self.v1
    end
    out.walk_strength = self.strength:weakest(source.walk_strength)
    out.stay = source.stay and self.scale.stay and self.offset.stay
    if out.stay then
        self:execute()
    end
end

local Variable = class()

function Variable.new(value)
    return setmetatable({
        value = value or 0,
        constraints = Vector.new(2),
        determined_by = nil,
        mark = 0,
        walk_strength = weakest_strength,
        stay = true,
    }, Variable)
end

function Variable:add_constraint(constraint)
    self.constraints:append(constraint)
end

function Variable:remove_constraint(constraint)
    self.constraints:remove(constraint)
    if self.determined_by == constraint then
        self.determined_by = nil
    end
end

-- Constraints in the order in which they are to be executed.
local Plan = class(Vector)

function Plan.new()
    return Vector.new(15, Plan)
end

function Plan:execute()
    self:for_each(function(constraint)
        constraint:execute()
    end)
end

local Planner = class()

function Planner.new()
    return setmetatable({ current_mark = 1 }, Planner)
end

-- Satisfies a constraint, then those that gave way to it, as long as there are any.
function Planner:incremental_add(constraint)
    local mark = self:new_mark()
    local overridden = constraint:satisfy(mark, self)
    while overridden ~= nil do
        overridden = overridden:satisfy(mark, self)
    end
end

-- Takes a constraint out, and satisfies, strongest first, what could not be satisfied because of it.
function Planner:incremental_remove(constraint)
    local out = constraint:output()
    constraint:mark_unsatisfied()
    constraint:remove_from_graph()
    local unsatisfied = self:remove_propagate_from(out)
    unsatisfied:for_each(function(other)
        self:incremental_add(other)
    end)
end

function Planner:extract_plan_from_constraints(constraints)
    local sources = Vector.new()
    constraints:for_each(function(constraint)
        if constraint:is_input() and constraint:is_satisfied() then
            sources:append(constraint)
        end
    end)
    return self:make_plan(sources)
end

-- A constraint gets into the plan as soon as all its inputs are known.
function Planner:make_plan(sources)
    local mark = self:new_mark()
    local plan = Plan.new()
    local todo = sources
    while not todo:is_empty() do
        local constraint = todo:remove_first()
        if constraint:output().mark ~= mark and constraint:inputs_known(mark) then
            plan:append(constraint)
            constraint:output().mark = mark
            self:add_constraints_consuming_to(constraint:output(), todo)
        end
    end
    return plan
end

function Planner:add_constraints_consuming_to(v, collection)
    local determining = v.determined_by
    v.constraints:for_each(function(constraint)
        if constraint ~= determining and constraint:is_satisfied() then
            collection:append(constraint)
        end
    end)
end

-- Passes a new constraint's effect on downstream; false if that leads back to it.
function Planner:add_propagate(constraint, mark)
    local todo = Vector.with_item(constraint)
    while not todo:is_empty() do
        local next = todo:remove_first()
        if next:output().mark == mark then
            self:incremental_remove(constraint)
            return false
        end
        next:recalculate()
        self:add_constraints_consuming_to(next:output(), todo)
    end
    return true
end

function Planner:change(v, value)
    local edit = EditConstraint.new(v, PREFERRED, self)
    local plan = self:extract_plan_from_constraints(Vector.with_item(edit))
    for _ = 1, 10 do
        v.value = value
        plan:execute()
    end
    edit:destroy_constraint(self)
end

function Planner:constraints_consuming(v, fn)
    local determining = v.determined_by
    v.constraints:for_each(function(constraint)
        if constraint ~= determining and constraint:is_satisfied() then
            fn(constraint)
        end
    end)
end

function Planner:new_mark()
    local mark = self.current_mark
    self.current_mark = mark + 1
    return mark
end

-- What is downstream of a variable that nothing determines any more; the unsatisfied constraints met there.
function Planner:remove_propagate_from(out)
    local unsatisfied = Vector.new()
    out.determined_by = nil
    out.walk_strength = weakest_strength
    out.stay = true
    local todo = Vector.with_item(out)
    while not todo:is_empty() do
        local v = todo:remove_first()
        v.constraints:for_each(function(constraint)
            if not constraint:is_satisfied() then
                unsatisfied:append(constraint)
            end
        end)
        self:constraints_consuming(v, function(constraint)
            constraint:recalculate()
            todo:append(constraint:output())
        end)
    end
    unsatisfied:sort(function(a, b)
        return a.strength:stronger(b.strength)
    end)
    return unsatisfied
end

-- A chain of equalities, with a stay at one end and an edit at the other.
local function chain_test(n)
    local planner = Planner.new()
    local variables = {}
    for i = 1, n + 1 do
        variables[i] = Variable.new()
    end
    for i = 1, n do
        EqualityConstraint.new(variables[i], variables[i + 1], REQUIRED, planner)
    end
    StayConstraint.new(variables[n + 1], STRONG_DEFAULT, planner)
    local edit = EditConstraint.new(variables[1], PREFERRED, planner)
    local plan = planner:extract_plan_from_constraints(Vector.with_item(edit))
    for i = 0, 99 do
        variables[1].value = i
        plan:execute()
        if variables[n + 1].value ~= i then
            error("the chain test failed")
        end
    end
    edit:destroy_constraint(planner)
end

-- Pairs of variables, all related by one scale and one offset; each of the four is changed in turn.
local function projection_test(n)
    local planner = Planner.new()
    local dests = Vector.new()
    local scale = Variable.new(10)
    local offset = Variable.new(1000)
    local source, dest
    for i = 1, n do
        source = Variable.new(i)
        dest = Variable.new(i)
        dests:append(dest)
        StayConstraint.new(source, DEFAULT, planner)
        ScaleConstraint.new(source, scale, offset, dest, REQUIRED, planner)
    end

    planner:change(source, 17)
    if dest.value ~= 1170 then
        error("projection test 1 failed")
    end
    planner:change(dest, 1050)
    if source.value ~= 5 then
        error("projection test 2 failed")
    end
    planner:change(scale, 5)
    for i = 1, n - 1 do
        if dests:at(i).value ~= i * 5 + 1000 then
            error("projection test 3 failed")
        end
    end
    planner:change(offset, 2000)
    for i = 1, n - 1 do
        if dests:at(i).value ~= i * 5 + 2000 then
            error("projection test 4 failed")
        end
    end
end

local function main()
    for _ = 1, ROUNDS do
        chain_test(SIZE)
        projection_test(SIZE)
    end
    print("DeltaBlue: " .. ROUNDS .. " times " .. SIZE .. " constraints satisfied")
end

main()
