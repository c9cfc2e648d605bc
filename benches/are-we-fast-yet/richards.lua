-- Richards: the heart of an operating system that passes packets between six tasks.

-- LuaJIT cannot read the operators of Lua 5.4, and Lua 5.4 has no library `bit`.
local bxor = bit and bit.bxor or load("return function(a, b) return a ~ b end")()
local rshift = bit and bit.rshift or load("return function(a, n) return a >> n end")()

local IDLER = 1
local WORKER = 2
local HANDLER_A = 3
local HANDLER_B = 4
local DEVICE_A = 5
local DEVICE_B = 6

local DEVICE_PACKET = 0
local WORK_PACKET = 1
local DATA_SIZE = 4

local ROUNDS = tonumber(arg[1]) or 30

local function class(base)
    local c = setmetatable({}, { __index = base })
    c.__index = c
    return c
end

local RBObject = class()

-- Puts a packet at the end of a queue; the head of that queue.
function RBObject:append(packet, head)
    packet.link = nil
    if head == nil then
        return packet
    end
    local last = head
    while last.link ~= nil do
        last = last.link
    end
    last.link = packet
    return head
end

local Packet = class(RBObject)

function Packet.new(link, identity, kind)
    return setmetatable({
        link = link,
        identity = identity,
        kind = kind,
        datum = 1,
        data = { 0, 0, 0, 0 },
    }, Packet)
end

local DeviceTaskData = class(RBObject)

function DeviceTaskData.new()
    return setmetatable({ pending = nil }, DeviceTaskData)
end

local HandlerTaskData = class(RBObject)

function HandlerTaskData.new()
    return setmetatable({ work_in = nil, device_in = nil }, HandlerTaskData)
end

function HandlerTaskData:add_work(packet)
    self.work_in = self:append(packet, self.work_in)
end

function HandlerTaskData:add_device(packet)
    self.device_in = self:append(packet, self.device_in)
end

local IdleTaskData = class(RBObject)

function IdleTaskData.new()
    return setmetatable({ control = 1, count = 10000 }, IdleTaskData)
end

local WorkerTaskData = class(RBObject)

function WorkerTaskData.new()
    return setmetatable({ destination = HANDLER_A, count = 0 }, WorkerTaskData)
end

local TaskState = class(RBObject)

function TaskState.new()
    return setmetatable({
        packet_is_pending = false,
        task_is_waiting = false,
        task_is_holding = false,
    }, TaskState)
end

function TaskState:is_packet_pending()
    return self.packet_is_pending
end

function TaskState:is_task_waiting()
    return self.task_is_waiting
end

function TaskState:is_task_holding()
    return self.task_is_holding
end

function TaskState:set_task_waiting(value)
    self.task_is_waiting = value
end

function TaskState:set_task_holding(value)
    self.task_is_holding = value
end

function TaskState:packet_pending()
    self.packet_is_pending = true
    self.task_is_waiting = false
    self.task_is_holding = false
    return self
end

function TaskState:running()
    self.packet_is_pending = false
    self.task_is_waiting = false
    self.task_is_holding = false
    return self
end

function TaskState:waiting()
    self.packet_is_pending = false
    self.task_is_waiting = true
    self.task_is_holding = false
    return self
end

function TaskState:waiting_with_packet()
    self.packet_is_pending = true
    self.task_is_waiting = true
    self.task_is_holding = false
    return self
end

function TaskState:is_task_holding_or_waiting()
    return self.task_is_holding or (not self.packet_is_pending and self.task_is_waiting)
end

function TaskState:is_waiting_with_packet()
    return self.packet_is_pending and self.task_is_waiting and not self.task_is_holding
end

function TaskState.create_running()
    return TaskState.new():running()
end

function TaskState.create_waiting()
    return TaskState.new():waiting()
end

function TaskState.create_waiting_with_packet()
    return TaskState.new():waiting_with_packet()
end

local TaskControlBlock = class(TaskState)

function TaskControlBlock.new(link, identity, priority, queue, state, data, fn)
    return setmetatable({
        link = link,
        identity = identity,
        priority = priority,
        input = queue,
        handle = data,
        fn = fn,
        packet_is_pending = state:is_packet_pending(),
        task_is_waiting = state:is_task_waiting(),
        task_is_holding = state:is_task_holding(),
    }, TaskControlBlock)
end

function TaskControlBlock:add_input_and_check_priority(packet, old_task)
    if self.input == nil then
        self.input = packet
        self.packet_is_pending = true
        if self.priority > old_task.priority then
            return self
        end
    else
        self.input = self:append(packet, self.input)
    end
    return old_task
end

function TaskControlBlock:run_task()
    local message = nil
    if self:is_waiting_with_packet() then
        message = self.input
        self.input = message.link
        if self.input == nil then
            self:running()
        else
            self:packet_pending()
        end
    end
    return self.fn(message, self.handle)
end

local Scheduler = class(RBObject)

function Scheduler.new()
    return setmetatable({
        task_list = nil,
        current_task = nil,
        current_identity = 0,
        task_table = {},
        queue_count = 0,
        hold_count = 0,
    }, Scheduler)
end

function Scheduler:create_device(identity, priority, queue, state)
    self:create_task(identity, priority, queue, state, DeviceTaskData.new(), function(packet, data)
        if packet ~= nil then
            data.pending = packet
            return self:hold_self()
        end
        local pending = data.pending
        if pending == nil then
            return self:mark_waiting()
        end
        data.pending = nil
        return self:queue_packet(pending)
    end)
end

function Scheduler:create_handler(identity, priority, queue, state)
    self:create_task(identity, priority, queue, state, HandlerTaskData.new(), function(packet, data)
        if packet ~= nil then
            if packet.kind == WORK_PACKET then
                data:add_work(packet)
            else
                data:add_device(packet)
            end
        end
        local work = data.work_in
        if work == nil then
            return self:mark_waiting()
        end
        local count = work.datum
        if count > DATA_SIZE then
            data.work_in = work.link
            return self:queue_packet(work)
        end
        local device = data.device_in
        if device == nil then
            return self:mark_waiting()
        end
        data.device_in = device.link
        device.datum = work.data[count]
        work.datum = count + 1
        return self:queue_packet(device)
    end)
end

function Scheduler:create_idler(identity, priority, queue, state)
    self:create_task(identity, priority, queue, state, IdleTaskData.new(), function(_, data)
        data.count = data.count - 1
        if data.count == 0 then
            return self:hold_self()
        end
        if data.control % 2 == 0 then
            data.control = rshift(data.control, 1)
            return self:release(DEVICE_A)
        end
        data.control = bxor(rshift(data.control, 1), 53256)
        return self:release(DEVICE_B)
    end)
end

function Scheduler:create_worker(identity, priority, queue, state)
    self:create_task(identity, priority, queue, state, WorkerTaskData.new(), function(packet, data)
        if packet == nil then
            return self:mark_waiting()
        end
        data.destination = data.destination == HANDLER_A and HANDLER_B or HANDLER_A
        packet.identity = data.destination
        packet.datum = 1
        for i = 1, DATA_SIZE do
            data.count = data.count + 1
            if data.count > 26 then
                data.count = 1
            end
            packet.data[i] = 65 + data.count - 1
        end
        return self:queue_packet(packet)
    end)
end

function Scheduler:create_task(identity, priority, queue, state, data, fn)
    local task = TaskControlBlock.new(self.task_list, identity, priority, queue, state, data, fn)
    self.task_list = task
    self.task_table[identity] = task
end

function Scheduler:create_packet(link, identity, kind)
    return Packet.new(link, identity, kind)
end

function Scheduler:start()
    self:create_idler(IDLER, 0, nil, TaskState.create_running())

    local queue = self:create_packet(nil, WORKER, WORK_PACKET)
    queue = self:create_packet(queue, WORKER, WORK_PACKET)
    self:create_worker(WORKER, 1000, queue, TaskState.create_waiting_with_packet())

    queue = self:create_packet(nil, DEVICE_A, DEVICE_PACKET)
    queue = self:create_packet(queue, DEVICE_A, DEVICE_PACKET)
    queue = self:create_packet(queue, DEVICE_A, DEVICE_PACKET)
    self:create_handler(HANDLER_A, 2000, queue, TaskState.create_waiting_with_packet())

    queue = self:create_packet(nil, DEVICE_B, DEVICE_PACKET)
    queue = self:create_packet(queue, DEVICE_B, DEVICE_PACKET)
    queue = self:create_packet(queue, DEVICE_B, DEVICE_PACKET)
    self:create_handler(HANDLER_B, 3000, queue, TaskState.create_waiting_with_packet())

    self:create_device(DEVICE_A, 4000, nil, TaskState.create_waiting())
    self:create_device(DEVICE_B, 5000, nil, TaskState.create_waiting())

    self:schedule()
    return self.queue_count == 23246 and self.hold_count == 9297
end

function Scheduler:find_task(identity)
    local task = self.task_table[identity]
    if task == nil then
        error("there is no such task")
    end
    return task
end

function Scheduler:hold_self()
    self.hold_count = self.hold_count + 1
    self.current_task:set_task_holding(true)
    return self.current_task.link
end

function Scheduler:queue_packet(packet)
    local task = self:find_task(packet.identity)
    self.queue_count = self.queue_count + 1
    packet.link = nil
    packet.identity = self.current_identity
    return task:add_input_and_check_priority(packet, self.current_task)
end

function Scheduler:release(identity)
    local task = self:find_task(identity)
    task:set_task_holding(false)
    return task.priority > self.current_task.priority and task or self.current_task
end

function Scheduler:mark_waiting()
    self.current_task:set_task_waiting(true)
    return self.current_task
end

function Scheduler:schedule()
    self.current_task = self.task_list
    while self.current_task ~= nil do
        if self.current_task:is_task_holding_or_waiting() then
            self.current_task = self.current_task.link
        else
            self.current_identity = self.current_task.identity
            self.current_task = self.current_task:run_task()
        end
    end
end

local function main()
    local queued = 0
    local held = 0
    for _ = 1, ROUNDS do
        local scheduler = Scheduler.new()
        if not scheduler:start() then
            error("wrong counts: " .. scheduler.queue_count .. " and " .. scheduler.hold_count)
        end
        queued = queued + scheduler.queue_count
        held = held + scheduler.hold_count
    end
    print("Richards: " .. queued .. " packets queued, " .. held .. " times held")
end

main()
