# Richards: the heart of an operating system that passes packets between six tasks.
from sys import argv

IDLER = 0
WORKER = 1
HANDLER_A = 2
HANDLER_B = 3
DEVICE_A = 4
DEVICE_B = 5
TASKS = 6

DEVICE_PACKET = 0
WORK_PACKET = 1
DATA_SIZE = 4

ROUNDS = int(argv[1]) if len(argv) > 1 else 30


class RBObject:
    # Puts a packet at the end of a queue; the head of that queue.
    def append(self, packet, head):
        packet.link = None
        if head is None:
            return packet
        last = head
        while last.link is not None:
            last = last.link
        last.link = packet
        return head


class Packet(RBObject):
    def __init__(self, link, identity, kind):
        self.link = link
        self.identity = identity
        self.kind = kind
        self.datum = 0
        self.data = [0] * DATA_SIZE


class DeviceTaskData(RBObject):
    def __init__(self):
        self.pending = None


class HandlerTaskData(RBObject):
    def __init__(self):
        self.work_in = None
        self.device_in = None

    def add_work(self, packet):
        self.work_in = self.append(packet, self.work_in)

    def add_device(self, packet):
        self.device_in = self.append(packet, self.device_in)


class IdleTaskData(RBObject):
    def __init__(self):
        self.control = 1
        self.count = 10_000


class WorkerTaskData(RBObject):
    def __init__(self):
        self.destination = HANDLER_A
        self.count = 0


class TaskState(RBObject):
    def __init__(self):
        self.packet_is_pending = False
        self.task_is_waiting = False
        self.task_is_holding = False

    def is_packet_pending(self):
        return self.packet_is_pending

    def is_task_waiting(self):
        return self.task_is_waiting

    def is_task_holding(self):
        return self.task_is_holding

    def set_task_waiting(self, value):
        self.task_is_waiting = value

    def set_task_holding(self, value):
        self.task_is_holding = value

    def packet_pending(self):
        self.packet_is_pending = True
        self.task_is_waiting = False
        self.task_is_holding = False
        return self

    def running(self):
        self.packet_is_pending = False
        self.task_is_waiting = False
        self.task_is_holding = False
        return self

    def waiting(self):
        self.packet_is_pending = False
        self.task_is_waiting = True
        self.task_is_holding = False
        return self

    def waiting_with_packet(self):
        self.packet_is_pending = True
        self.task_is_waiting = True
        self.task_is_holding = False
        return self

    def is_task_holding_or_waiting(self):
        return self.task_is_holding or (not self.packet_is_pending and self.task_is_waiting)

    def is_waiting_with_packet(self):
        return self.packet_is_pending and self.task_is_waiting and not self.task_is_holding

    @staticmethod
    def create_running():
        return TaskState().running()

    @staticmethod
    def create_waiting():
        return TaskState().waiting()

    @staticmethod
    def create_waiting_with_packet():
        return TaskState().waiting_with_packet()


class TaskControlBlock(TaskState):
    def __init__(self, link, identity, priority, queue, state, data, function):
        super().__init__()
        self.link = link
        self.identity = identity
        self.priority = priority
        self.input = queue
        self.handle = data
        self.function = function
        self.packet_is_pending = state.is_packet_pending()
        self.task_is_waiting = state.is_task_waiting()
        self.task_is_holding = state.is_task_holding()

    def add_input_and_check_priority(self, packet, old_task):
        if self.input is None:
            self.input = packet
            self.packet_is_pending = True
            if self.priority > old_task.priority:
                return self
        else:
            self.input = self.append(packet, self.input)
        return old_task

    def run_task(self):
        message = None
        if self.is_waiting_with_packet():
            message = self.input
            self.input = message.link
            if self.input is None:
                self.running()
            else:
                self.packet_pending()
        return self.function(message, self.handle)


class Scheduler(RBObject):
    def __init__(self):
        self.task_list = None
        self.current_task = None
        self.current_identity = 0
        self.task_table = [None] * TASKS
        self.queue_count = 0
        self.hold_count = 0

    def create_device(self, identity, priority, queue, state):
        def step(packet, data):
            if packet is not None:
                data.pending = packet
                return self.hold_self()
            pending = data.pending
            if pending is None:
                return self.mark_waiting()
            data.pending = None
            return self.queue_packet(pending)

        self.create_task(identity, priority, queue, state, DeviceTaskData(), step)

    def create_handler(self, identity, priority, queue, state):
        def step(packet, data):
            if packet is not None:
                if packet.kind == WORK_PACKET:
                    data.add_work(packet)
                else:
                    data.add_device(packet)
            work = data.work_in
            if work is None:
                return self.mark_waiting()
            count = work.datum
            if count >= DATA_SIZE:
                data.work_in = work.link
                return self.queue_packet(work)
            device = data.device_in
            if device is None:
                return self.mark_waiting()
            data.device_in = device.link
            device.datum = work.data[count]
            work.datum = count + 1
            return self.queue_packet(device)

        self.create_task(identity, priority, queue, state, HandlerTaskData(), step)

    def create_idler(self, identity, priority, queue, state):
        def step(_, data):
            data.count -= 1
            if data.count == 0:
                return self.hold_self()
            if data.control & 1 == 0:
                data.control = data.control >> 1
                return self.release(DEVICE_A)
            data.control = (data.control >> 1) ^ 53256
            return self.release(DEVICE_B)

        self.create_task(identity, priority, queue, state, IdleTaskData(), step)

    def create_worker(self, identity, priority, queue, state):
        def step(packet, data):
            if packet is None:
                return self.mark_waiting()
            data.destination = HANDLER_B if data.destination == HANDLER_A else HANDLER_A
            packet.identity = data.destination
            packet.datum = 0
            for i in range(DATA_SIZE):
                data.count += 1
                if data.count > 26:
                    data.count = 1
                packet.data[i] = 65 + data.count - 1
            return self.queue_packet(packet)

        self.create_task(identity, priority, queue, state, WorkerTaskData(), step)

    def create_task(self, identity, priority, queue, state, data, function):
        task = TaskControlBlock(self.task_list, identity, priority, queue, state, data, function)
        self.task_list = task
        self.task_table[identity] = task

    def create_packet(self, link, identity, kind):
        return Packet(link, identity, kind)

    def start(self):
        self.create_idler(IDLER, 0, None, TaskState.create_running())

        queue = self.create_packet(None, WORKER, WORK_PACKET)
        queue = self.create_packet(queue, WORKER, WORK_PACKET)
        self.create_worker(WORKER, 1000, queue, TaskState.create_waiting_with_packet())

        queue = self.create_packet(None, DEVICE_A, DEVICE_PACKET)
        queue = self.create_packet(queue, DEVICE_A, DEVICE_PACKET)
        queue = self.create_packet(queue, DEVICE_A, DEVICE_PACKET)
        self.create_handler(HANDLER_A, 2000, queue, TaskState.create_waiting_with_packet())

        queue = self.create_packet(None, DEVICE_B, DEVICE_PACKET)
        queue = self.create_packet(queue, DEVICE_B, DEVICE_PACKET)
        queue = self.create_packet(queue, DEVICE_B, DEVICE_PACKET)
        self.create_handler(HANDLER_B, 3000, queue, TaskState.create_waiting_with_packet())

        self.create_device(DEVICE_A, 4000, None, TaskState.create_waiting())
        self.create_device(DEVICE_B, 5000, None, TaskState.create_waiting())

        self.schedule()
        return self.queue_count == 23246 and self.hold_count == 9297

    def find_task(self, identity):
        task = self.task_table[identity]
        if task is None:
            raise RuntimeError("there is no such task")
        return task

    def hold_self(self):
        self.hold_count += 1
        self.current_task.set_task_holding(True)
        return self.current_task.link

    def queue_packet(self, packet):
        task = self.find_task(packet.identity)
        self.queue_count += 1
        packet.link = None
        packet.identity = self.current_identity
        return task.add_input_and_check_priority(packet, self.current_task)

    def release(self, identity):
        task = self.find_task(identity)
        task.set_task_holding(False)
        return task if task.priority > self.current_task.priority else self.current_task

    def mark_waiting(self):
        self.current_task.set_task_waiting(True)
        return self.current_task

    def schedule(self):
        self.current_task = self.task_list
        while self.current_task is not None:
            if self.current_task.is_task_holding_or_waiting():
                self.current_task = self.current_task.link
            else:
                self.current_identity = self.current_task.identity
                self.current_task = self.current_task.run_task()


def main():
    queued = 0
    held = 0
    for _ in range(ROUNDS):
        scheduler = Scheduler()
        if not scheduler.start():
            raise RuntimeError(f"wrong counts: {scheduler.queue_count} and {scheduler.hold_count}")
        queued += scheduler.queue_count
        held += scheduler.hold_count
    print(f"Richards: {queued} packets queued, {held} times held")


main()
