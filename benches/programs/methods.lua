-- Method calls on objects: two classes, one of which extends the other and calls upwards.
local Toggle = {}
Toggle.__index = Toggle

function Toggle.new(state)
    return setmetatable({ state = state }, Toggle)
end

function Toggle:value()
    return self.state
end

function Toggle:activate()
    self.state = not self.state
    return self
end

local NthToggle = setmetatable({}, { __index = Toggle })
NthToggle.__index = NthToggle

function NthToggle.new(state, limit)
    local self = setmetatable(Toggle.new(state), NthToggle)
    self.limit = limit
    self.count = 0
    return self
end

function NthToggle:activate()
    self.count = self.count + 1
    if self.count >= self.limit then
        Toggle.activate(self)
        self.count = 0
    end
    return self
end

local function run(rounds)
    local toggle = Toggle.new(true)
    local slow_toggle = NthToggle.new(true, 3)
    local on = 0
    for _ = 1, rounds do
        if toggle:activate():value() then
            on = on + 1
        end
        if slow_toggle:activate():value() then
            on = on + 1
        end
    end
    return on
end

print(run(tonumber(arg[1]) or 2000000))
