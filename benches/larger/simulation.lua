-- Simulation: customers of some kinds go through a shop; events wait in a heap for their time. Many small classes,
-- inheritance, methods that the kinds override, and operators; what are properties elsewhere are methods.
local floor = math.floor

-- A class that looks up in another what it has not itself; operators are copied, for Lua does not inherit these.
local function class(base)
    local new = {__lt = base and base.__lt}
    new.__index = new
    return setmetatable(new, base)
end

local Random = class()

function Random.new(seed)
    return setmetatable({seed = seed}, Random)
end

function Random:below(limit)
    self.seed = (self.seed * 3877 + 29573) % 139968
    return floor(self.seed * limit / 139968)
end

local Event = class()

function Event.init(self, time, number)
    self.time = time
    self.number = number
    return self
end

function Event.__lt(a, b)
    return a.time < b.time or (a.time == b.time and a.number < b.number)
end

function Event:happen(shop)
end

local Arrival = class(Event)

function Arrival.new(time, number, customer)
    local self = Event.init(setmetatable({}, Arrival), time, number)
    self.customer = customer
    return self
end

function Arrival:happen(shop)
    shop.arrivals = shop.arrivals + 1
    shop:admit(self.customer)
    shop:expect_next()
end

local Finished = class(Event)

function Finished.new(time, number, counter)
    local self = Event.init(setmetatable({}, Finished), time, number)
    self.counter = counter
    return self
end

function Finished:happen(shop)
    self.counter:finish(shop)
end

local Heap = class()

function Heap.new()
    return setmetatable({items = {}}, Heap)
end

function Heap:length()
    return #self.items
end

function Heap:push(item)
    local items = self.items
    local place = #items + 1
    items[place] = item
    while place > 1 do
        local above = floor(place / 2)
        if not (item < items[above]) then
            break
        end
        items[place] = items[above]
        place = above
    end
    items[place] = item
end

function Heap:pop()
    local items = self.items
    local first = items[1]
    local last = table.remove(items)
    local size = #items
    if size > 0 then
        local place = 1
        while true do
            local below = 2 * place
            if below > size then
                break
            end
            if below + 1 <= size and items[below + 1] < items[below] then
                below = below + 1
            end
            if not (items[below] < last) then
                break
            end
            items[place] = items[below]
            place = below
        end
        items[place] = last
    end
    return first
end

local Customer = class()

function Customer.init(self, number, arrived)
    self.number = number
    self.arrived = arrived
    self.wares = 0
    return self
end

function Customer.new(number, arrived)
    return Customer.init(setmetatable({}, Customer), number, arrived)
end

function Customer:choose(random)
    self.wares = 1 + random:below(20)
end

function Customer:service_time()
    return 5 + 2 * self.wares
end

function Customer:is_patient()
    return true
end

local Hurried = class(Customer)

function Hurried.new(number, arrived)
    return Customer.init(setmetatable({}, Hurried), number, arrived)
end

function Hurried:choose(random)
    self.wares = 1 + random:below(4)
end

function Hurried:is_patient()
    return false
end

local Elderly = class(Customer)

function Elderly.new(number, arrived)
    return Customer.init(setmetatable({}, Elderly), number, arrived)
end

function Elderly:service_time()
    return Customer.service_time(self) * 2
end

local Counter = class()

function Counter.new(number)
    return setmetatable({number = number, queue = {}, served = 0, busy_until = 0}, Counter)
end

function Counter:length()
    return #self.queue
end

function Counter:join(customer, shop)
    self.queue[#self.queue + 1] = customer
    if self:length() == 1 then
        self:start(shop)
    end
end

function Counter:start(shop)
    self.busy_until = shop.time + self.queue[1]:service_time()
    shop:schedule(Finished.new(self.busy_until, shop:next_number(), self))
end

function Counter:finish(shop)
    local customer = table.remove(self.queue, 1)
    self.served = self.served + 1
    shop.waited = shop.waited + shop.time - customer.arrived
    if self:length() > 0 then
        self:start(shop)
    end
end

local Shop = class()

function Shop.new(counters, customers)
    local self = setmetatable({
        random = Random.new(42),
        counters = {},
        customers = customers,
        events = Heap.new(),
        time = 0,
        numbers = 0,
        arrivals = 0,
        left = 0,
        waited = 0,
    }, Shop)
    for i = 1, counters do
        self.counters[i] = Counter.new(i)
    end
    return self
end

function Shop:next_number()
    self.numbers = self.numbers + 1
    return self.numbers
end

function Shop:schedule(event)
    self.events:push(event)
end

function Shop:expect_next()
    if self.arrivals >= self.customers then
        return
    end
    local time = self.time + self.random:below(14)
    local kind = self.random:below(6)
    local class_of = kind == 0 and Hurried or kind == 1 and Elderly or Customer
    self:schedule(Arrival.new(time, self:next_number(), class_of.new(self.arrivals, time)))
end

function Shop:shortest()
    local best = self.counters[1]
    for _, counter in ipairs(self.counters) do
        if counter:length() < best:length() then
            best = counter
        end
    end
    return best
end

function Shop:admit(customer)
    customer:choose(self.random)
    local counter = self:shortest()
    if counter:length() > 1 and not customer:is_patient() then
        self.left = self.left + 1
        return
    end
    counter:join(customer, self)
end

function Shop:run()
    self:expect_next()
    while self.events:length() > 0 do
        local event = self.events:pop()
        self.time = event.time
        event:happen(self)
    end
end

local function main()
    local shop = Shop.new(6, tonumber(arg[1]) or 200000)
    shop:run()
    local served = {}
    for i, counter in ipairs(shop.counters) do
        served[i] = tostring(counter.served)
    end
    print(string.format(
        "%d %d %d %d %s", shop.time, shop.arrivals, shop.left, shop.waited, table.concat(served, ",")))
end

main()
