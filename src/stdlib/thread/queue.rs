//! `Queue`: items from threads to threads, first in, first out.
//!
//! What is hard: nobody may overtake. So an item that is put while somebody waits for one goes to the one that has
//! waited longest, past the queue, and a thread that waits for room leaves its item, which whoever makes room
//! puts into the queue. A thread that is woken finds its work done.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::lock::class_of;
use super::{State, key, moment, seconds};
use crate::heap::Tracer;
use crate::value::{Class, Foreign, ForeignData, Gc, NativeDef, Value};
use crate::vm::{Args, NativeResult, Raised, ThreadId, Vm, WaitFor, Waited, Wake};

static CONSTRUCT: NativeDef = NativeDef::new(
    "Queue(cls, maxsize=0)",
    "A queue of at most so many items, or of any number: items come out in the order in which they were put in.",
    construct,
);
const METHODS: &[NativeDef] = &[
    NativeDef::new(
        "put(self, item, block=true, timeout=nil)",
        "Adds an item, and waits for room if there is none: for ever, or so many seconds, then raises `Full`; at once if \
         not `block`.",
        put,
    ),
    NativeDef::new("put_nowait(self, item)", "As `put` that does not block.", |vm, args| {
        put_item(vm, args, Patience::None)
    }),
    NativeDef::new(
        "get(self, block=true, timeout=nil)",
        "Takes the oldest item, and waits for one if there is none: for ever, or so many seconds, then raises `Empty`; at \
         once if not `block`.",
        get,
    ),
    NativeDef::new("get_nowait(self)", "As `get` that does not block.", |vm, args| {
        get_item(vm, args, Patience::None)
    }),
    NativeDef::new("qsize(self)", "How many items are in it.", |vm, args| {
        receiver(vm, args).map(|queue| Value::len(queue.len()))
    }),
    NativeDef::new("empty(self)", "Whether it holds no items.", |vm, args| {
        receiver(vm, args).map(|queue| Value::bool(queue.len() == 0))
    }),
    NativeDef::new("full(self)", "Whether it has no room.", |vm, args| {
        receiver(vm, args).map(|queue| Value::bool(queue.is_full()))
    }),
    NativeDef::new("task_done(self)", "Says that an item that was taken is dealt with.", task_done),
    NativeDef::new("join(self)", "Waits until all items that were put in are dealt with.", join),
];

struct Queue {
    maxsize: i64,
    items: RefCell<VecDeque<Value>>,
    /// What was given to threads that wait for an item.
    given: RefCell<HashMap<ThreadId, Value>>,
    /// What threads that wait for room want to put in.
    offered: RefCell<HashMap<ThreadId, Value>>,
    /// Items that were put in and are not dealt with.
    unfinished: Cell<usize>,
}

impl ForeignData for Queue {
    fn trace(&self, tracer: &mut Tracer) {
        let (items, given, offered) = (self.items.borrow(), self.given.borrow(), self.offered.borrow());
        for item in items.iter().chain(given.values()).chain(offered.values()) {
            tracer.mark(*item);
        }
    }

    fn bytes(&self) -> usize {
        self.items.borrow().capacity() * size_of::<Value>()
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        (name == "maxsize").then(|| vm.heap.int(self.maxsize))
    }
}

impl Queue {
    fn len(&self) -> usize {
        self.items.borrow().len()
    }

    fn is_full(&self) -> bool {
        usize::try_from(self.maxsize).is_ok_and(|most| most > 0 && self.len() >= most)
    }

    /// Puts an item in, of which the thread that has waited longest for one is told.
    fn push(&self, vm: &mut Vm, queue: Value, item: Value) -> Result<(), Raised> {
        let (len, capacity) = (self.len(), self.items.borrow().capacity());
        if len == capacity {
            let more = capacity.max(4) * size_of::<Value>();
            vm.rooted(&[item], |vm| vm.reserve(more))?;
            vm.heap.charge(more);
        }
        self.unfinished.set(self.unfinished.get() + 1);
        match vm.wake_one(key(Waited::Item, queue)) {
            Some(thread) => {
                self.given.borrow_mut().insert(thread, item);
            }
            None => self.items.borrow_mut().push_back(item),
        }
        Ok(())
    }
}

/// How long to wait.
#[derive(Clone, Copy)]
enum Patience {
    None,
    Until(Duration),
    Endless,
}

pub(super) fn new_class(vm: &mut Vm) -> Gc<Class> {
    let class = vm.new_native_class("Queue", METHODS);
    class.construct.set(Some(&CONSTRUCT));
    class
}

fn receiver<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a Queue, Raised> {
    args.at(0).foreign::<Queue>().ok_or_else(|| vm.type_error("a queue is needed"))
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = class_of(vm, args)?;
    let maxsize = match args.given(1) {
        Some(maxsize) => vm.expect_index(maxsize)?,
        None => 0,
    };
    let queue = Queue {
        maxsize,
        items: RefCell::default(),
        given: RefCell::default(),
        offered: RefCell::default(),
        unfinished: Cell::new(0),
    };
    Ok(Foreign::new(&mut vm.heap, class, queue).value())
}

/// What the arguments `block` and `timeout` ask for.
fn patience(vm: &mut Vm, args: Args<'_>, block: usize) -> Result<Patience, Raised> {
    if let Some(block) = args.given(block)
        && !vm.truth(block)?
    {
        return Ok(Patience::None);
    }
    let timeout = args.or_nil(block + 1);
    if timeout.is_nil() {
        return Ok(Patience::Endless);
    }
    let timeout = seconds(vm, timeout)?;
    if timeout < 0.0 {
        return Err(vm.value_error("'timeout' must be a non-negative number"));
    }
    moment(vm, timeout).map(Patience::Until)
}

fn put(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let patience = patience(vm, args, 2)?;
    put_item(vm, args, patience)
}

fn put_item(vm: &mut Vm, args: Args<'_>, patience: Patience) -> NativeResult {
    let queue = receiver(vm, args)?;
    let describe = |_: &Vm, _: Value| "room in a Queue".to_string();
    let what = WaitFor { key: key(Waited::Room, args.at(0)), object: args.at(0), describe };
    let me = vm.current_thread();
    while queue.is_full() {
        let until = match patience {
            Patience::None => return Err(exception(vm, |state| state.full.get())),
            Patience::Until(moment) => Some(moment),
            Patience::Endless => None,
        };
        queue.offered.borrow_mut().insert(me, args.at(1));
        let woken = vm.wait(Some(what), until);
        // Whoever woke this thread has taken the item already.
        queue.offered.borrow_mut().remove(&me);
        match woken? {
            Wake::Woken => return Ok(Value::NIL),
            Wake::TimedOut => return Err(exception(vm, |state| state.full.get())),
            Wake::Again => {}
        }
    }
    queue.push(vm, args.at(0), args.at(1))?;
    Ok(Value::NIL)
}

fn get(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let patience = patience(vm, args, 1)?;
    get_item(vm, args, patience)
}

fn get_item(vm: &mut Vm, args: Args<'_>, patience: Patience) -> NativeResult {
    let queue = receiver(vm, args)?;
    let describe = |_: &Vm, _: Value| "an item of a Queue".to_string();
    let what = WaitFor { key: key(Waited::Item, args.at(0)), object: args.at(0), describe };
    let me = vm.current_thread();
    loop {
        let item = queue.items.borrow_mut().pop_front();
        if let Some(item) = item {
            refill(vm, queue, args.at(0))?;
            return Ok(item);
        }
        let until = match patience {
            Patience::None => return Err(exception(vm, |state| state.empty.get())),
            Patience::Until(moment) => Some(moment),
            Patience::Endless => None,
        };
        match vm.wait(Some(what), until)? {
            Wake::Woken => {
                let item = queue.given.borrow_mut().remove(&me);
                return Ok(item.unwrap_or(Value::NIL));
            }
            Wake::TimedOut => return Err(exception(vm, |state| state.empty.get())),
            Wake::Again => {}
        }
    }
}

/// There is room: the thread that has waited longest for it has its item put in.
fn refill(vm: &mut Vm, queue: &Queue, object: Value) -> Result<(), Raised> {
    if let Some(thread) = vm.wake_one(key(Waited::Room, object))
        && let Some(item) = queue.offered.borrow_mut().remove(&thread)
    {
        // In the place that an item has just left.
        queue.items.borrow_mut().push_back(item);
        queue.unfinished.set(queue.unfinished.get() + 1);
    }
    Ok(())
}

fn exception(vm: &mut Vm, class: impl Fn(&State) -> Option<Gc<Class>>) -> Raised {
    let state = vm.state::<State>();
    match class(&state) {
        Some(class) => Raised(vm.new_exception(class, &[]).value()),
        None => vm.runtime_error("the module 'thread' is not set up"),
    }
}

fn task_done(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let queue = receiver(vm, args)?;
    let Some(left) = queue.unfinished.get().checked_sub(1) else {
        return Err(vm.value_error("task_done() called too many times"));
    };
    queue.unfinished.set(left);
    if left == 0 {
        vm.wake_all(key(Waited::Tasks, args.at(0)));
    }
    Ok(Value::NIL)
}

fn join(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let queue = receiver(vm, args)?;
    let describe = |_: &Vm, _: Value| "the tasks of a Queue to be done".to_string();
    let what = WaitFor { key: key(Waited::Tasks, args.at(0)), object: args.at(0), describe };
    while queue.unfinished.get() > 0 {
        vm.wait(Some(what), None)?;
    }
    Ok(Value::NIL)
}
