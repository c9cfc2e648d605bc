//! The registry: the exit handlers of one interpreter, in the order of their registration.
//!
//! What is hard: a million handlers must be cheap to register and to run; taking one out of the middle must not
//! look at all the others; and all of that while a handler's own `==` changes the registry under its feet. So
//! entries are plain words in one vector, found by their number, which only rises; what was taken out leaves a
//! gap; and no method here calls anything that could come back.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use super::entry::{Entry, EntryState};
use crate::heap::Tracer;
use crate::value::{BoundMethod, Foreign, Gc, Kind, TraceEntry, Value};
use crate::vm::{StdlibState, Vm};

/// An exception that a handler raised.
#[derive(Clone, Copy, Debug)]
pub struct HandlerException {
    pub entry: Entry,
    pub exception: Value,
}

/// In which phase a handler runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Phase 3.
    Before,
    /// Phase 5.
    Exit,
}

/// The handlers of one interpreter, and what they have raised so far.
#[derive(Default)]
pub struct Registry {
    before: RefCell<Queue>,
    exit: RefCell<Queue>,
    /// One row of numbers for both, so that they tell which of any two is older.
    next_id: Cell<u64>,
    /// The entries that are running, innermost last.
    running: RefCell<Vec<(When, Entry)>>,
    /// The entries that have run, for those who ask what has been done.
    done: RefCell<Vec<(When, Entry)>>,
    /// Everything that handlers raised, `SystemExit` included, in the order of time.
    raised: RefCell<Vec<HandlerException>>,
    /// Exceptions that `atexit.run()` has printed before it raised them to its caller.
    reported: RefCell<Vec<HandlerException>>,
    /// Handlers registered since handlers began to run (5.2).
    late: Cell<usize>,
}

#[derive(Default)]
struct Queue {
    /// By rising number, with gaps.
    entries: Vec<Entry>,
    /// How many are no gaps.
    live: usize,
    /// Made when something is first unregistered, and kept up from then on.
    index: Option<Index>,
}

/// Finds entries by their callable.
#[derive(Default)]
struct Index {
    /// The entries whose callable is equal to nothing but its own kind, by what makes those equal.
    plain: FxHashMap<PlainKey, Vec<u64>>,
    /// The others, which only their own `==` can tell.
    general: Vec<u64>,
}

/// What is equal for equal callables.
pub type PlainKey = (u64, u64);

/// The key of a callable whose equality runs no code of the program: functions and classes are equal if
/// identical, bound methods if both parts are.
pub fn plain_key(function: Value) -> Option<PlainKey> {
    match function.kind()? {
        Kind::Closure | Kind::Native | Kind::Class => Some((function.identity(), 0)),
        Kind::BoundMethod => {
            let bound = function.as_object::<BoundMethod>()?;
            // Strings and numbers are identical when they are equal, which no address tells.
            let receiver = match bound.receiver.kind() {
                None | Some(Kind::Str | Kind::Int) => return None,
                Some(_) => bound.receiver.identity(),
            };
            match bound.function.kind() {
                Some(Kind::Closure | Kind::Native) => Some((bound.function.identity(), receiver)),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Registry {
    fn queue(&self, when: When) -> &RefCell<Queue> {
        match when {
            When::Before => &self.before,
            When::Exit => &self.exit,
        }
    }

    /// Adds an entry behind all others of its phase; its number.
    pub fn push(
        &self,
        when: When,
        function: Value,
        args: Value,
        keywords: Value,
        site: Option<TraceEntry>,
    ) -> Entry {
        let id = self.next_id.replace(self.next_id.get() + 1);
        let entry = Entry { id, function, args, keywords, site, object: None };
        let queue = &mut *self.queue(when).borrow_mut();
        queue.entries.push(entry);
        queue.live += 1;
        if let Some(index) = &mut queue.index {
            index.add(function, id);
        }
        entry
    }

    /// How many bytes the next registration will add, for the memory limit.
    pub fn bytes_to_grow(&self, when: When) -> usize {
        let queue = self.queue(when).borrow();
        if queue.entries.len() < queue.entries.capacity() {
            0
        } else {
            queue.entries.capacity().max(4) * size_of::<Entry>()
        }
    }

    /// How many wait to be run.
    pub fn len(&self, when: When) -> usize {
        self.queue(when).borrow().live
    }

    pub fn is_empty(&self, when: When) -> bool {
        self.len(when) == 0
    }

    /// Takes the newest entry of a phase out and marks it as running, until [`Registry::finish`].
    pub fn start_newest(&self, when: When) -> Option<Entry> {
        let entry = self.queue(when).borrow_mut().pop()?;
        entry.set_state(EntryState::Running);
        self.running.borrow_mut().push((when, entry));
        Some(entry)
    }

    /// An entry that was running is done. It may not be the innermost one: `atexit.run()` may run in several threads.
    pub fn finish(&self, id: u64) {
        let mut running = self.running.borrow_mut();
        if let Some(at) = running.iter().rposition(|(_, entry)| entry.id == id) {
            let (when, entry) = running.remove(at);
            entry.set_state(EntryState::Done);
            self.done.borrow_mut().push((when, entry));
        }
    }

    /// What `atexit.run()` has run while the program went on is no part of its end.
    pub fn forget_done(&self) {
        self.done.borrow_mut().clear();
    }

    /// The entries that have run, in the order of time.
    pub fn done(&self, when: When) -> Vec<Entry> {
        self.done.borrow().iter().filter(|(done, _)| *done == when).map(|(_, entry)| *entry).collect()
    }

    /// The handlers that are running, the outermost first.
    pub fn running(&self) -> Vec<(When, Entry)> {
        self.running.borrow().clone()
    }

    /// How many handlers are running, one inside the other.
    pub fn depth(&self) -> usize {
        self.running.borrow().len()
    }

    /// Whether an entry waits to be run.
    pub fn is_pending(&self, id: u64) -> bool {
        self.find(id).is_some()
    }

    /// What messages call a waiting entry.
    pub fn describe(&self, id: u64) -> Option<String> {
        self.find(id).map(|(_, entry)| entry.describe())
    }

    fn find(&self, id: u64) -> Option<(When, Entry)> {
        [When::Exit, When::Before].into_iter().find_map(|when| {
            let queue = self.queue(when).borrow();
            queue.position(id).map(|at| (when, queue.entries[at]))
        })
    }

    /// Takes one entry out of the registry; none if it is not in it any more.
    pub fn remove(&self, id: u64) -> Option<Entry> {
        let removed =
            [When::Exit, When::Before].into_iter().find_map(|when| self.queue(when).borrow_mut().remove(id));
        if let Some(entry) = removed {
            entry.set_state(EntryState::Removed);
        }
        removed
    }

    /// Takes all of a phase out.
    pub fn clear(&self, when: When) {
        let queue = &mut *self.queue(when).borrow_mut();
        for entry in queue.entries.drain(..).filter(|entry| !entry.is_gap()) {
            entry.set_state(EntryState::Removed);
        }
        queue.entries.shrink_to(64);
        queue.live = 0;
        queue.index = None;
    }

    /// All of a phase that wait, oldest first.
    pub fn waiting(&self, when: When) -> Vec<Entry> {
        self.queue(when).borrow().entries.iter().filter(|entry| !entry.is_gap()).copied().collect()
    }

    /// All that wait, oldest first.
    pub fn snapshot(&self) -> Vec<Entry> {
        oldest_first(self.waiting(When::Before), self.waiting(When::Exit))
    }

    /// The numbers of the entries whose callable has this key.
    pub fn with_key(&self, key: PlainKey) -> Vec<u64> {
        let of = |when| {
            let queue = &mut *self.queue(when).borrow_mut();
            if queue.live == 0 {
                Vec::new()
            } else {
                queue.index().plain.get(&key).cloned().unwrap_or_default()
            }
        };
        let (mut ids, exit) = (of(When::Before), of(When::Exit));
        ids.extend(exit);
        ids
    }

    /// The entries whose callable has no key, oldest first.
    pub fn without_key(&self) -> Vec<Entry> {
        let of = |when| {
            let queue = &mut *self.queue(when).borrow_mut();
            if queue.live == 0 {
                return Vec::new();
            }
            let ids = queue.index().general.clone();
            ids.into_iter().filter_map(|id| queue.position(id).map(|at| queue.entries[at])).collect()
        };
        oldest_first(of(When::Before), of(When::Exit))
    }

    /// The object that programs see a waiting entry as; the same one each time.
    pub fn object(
        &self,
        vm: &mut Vm,
        id: u64,
        make: impl FnOnce(&mut Vm, Entry) -> Gc<Foreign>,
    ) -> Option<Gc<Foreign>> {
        let (when, entry) = self.find(id)?;
        if let Some(object) = entry.object {
            return Some(object);
        }
        let object = make(vm, entry);
        let queue = &mut *self.queue(when).borrow_mut();
        if let Some(at) = queue.position(id) {
            queue.entries[at].object = Some(object);
        }
        Some(object)
    }

    /// What handlers have raised so far, in the order of time.
    pub fn raised(&self) -> Vec<HandlerException> {
        self.raised.borrow().clone()
    }

    /// Remembers what a handler raised.
    pub fn note_raised(&self, raised: HandlerException) {
        self.raised.borrow_mut().push(raised);
    }

    /// `atexit.run()` raises to its caller what it has printed already.
    pub fn note_reported(&self, last: HandlerException) {
        self.reported.borrow_mut().push(last);
    }

    /// The handler whose exception this is, if `atexit.run()` has printed it.
    pub fn reported(&self, exception: Value) -> Option<Entry> {
        let reported = self.reported.borrow();
        reported.iter().rev().find(|noted| noted.exception == exception).map(|noted| noted.entry)
    }

    /// Counts a registration made while handlers run; how many there have been.
    pub fn count_late(&self) -> usize {
        self.late.set(self.late.get() + 1);
        self.late.get()
    }

    /// Handlers begin to run: none has been registered late.
    pub fn reset_late(&self) {
        self.late.set(0);
    }
}

impl Queue {
    fn pop(&mut self) -> Option<Entry> {
        loop {
            let entry = self.entries.pop()?;
            if !entry.is_gap() {
                self.live -= 1;
                if let Some(index) = &mut self.index {
                    index.remove(entry.function, entry.id);
                }
                return Some(entry);
            }
        }
    }

    /// Where the entry with a number is, unless it is gone.
    fn position(&self, id: u64) -> Option<usize> {
        let at = self.entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
        if self.entries[at].is_gap() { None } else { Some(at) }
    }

    fn remove(&mut self, id: u64) -> Option<Entry> {
        let at = self.position(id)?;
        let entry = self.entries[at];
        if let Some(index) = &mut self.index {
            index.remove(entry.function, id);
        }
        self.entries[at] = Entry {
            function: Value::UNDEF,
            args: Value::UNDEF,
            keywords: Value::UNDEF,
            site: None,
            object: None,
            id,
        };
        self.live -= 1;
        if self.entries.len() > 2 * self.live + 32 {
            self.entries.retain(|entry| !entry.is_gap());
        }
        Some(entry)
    }

    fn index(&mut self) -> &mut Index {
        let entries = &self.entries;
        self.index.get_or_insert_with(|| {
            let mut index = Index::default();
            for entry in entries.iter().filter(|entry| !entry.is_gap()) {
                index.add(entry.function, entry.id);
            }
            index
        })
    }
}

impl Index {
    fn add(&mut self, function: Value, id: u64) {
        match plain_key(function) {
            Some(key) => self.plain.entry(key).or_default().push(id),
            None => self.general.push(id),
        }
    }

    fn remove(&mut self, function: Value, id: u64) {
        let Some(key) = plain_key(function) else {
            take_out(&mut self.general, id);
            return;
        };
        if let Some(ids) = self.plain.get_mut(&key) {
            take_out(ids, id);
            if ids.is_empty() {
                self.plain.remove(&key);
            }
        }
    }
}

fn oldest_first(before: Vec<Entry>, exit: Vec<Entry>) -> Vec<Entry> {
    if before.is_empty() {
        return exit;
    }
    let mut all = before;
    all.extend(exit);
    all.sort_unstable_by_key(|entry| entry.id);
    all
}

/// Takes a number out of a rising list.
fn take_out(ids: &mut Vec<u64>, id: u64) {
    if ids.last() == Some(&id) {
        ids.pop();
    } else if let Ok(at) = ids.binary_search(&id) {
        ids.remove(at);
    }
}

impl StdlibState for Registry {
    fn trace(&self, tracer: &mut Tracer) {
        let (before, exit) = (self.before.borrow(), self.exit.borrow());
        let (running, done) = (self.running.borrow(), self.done.borrow());
        let entries = before.entries.capacity() + exit.entries.capacity() + done.capacity();
        tracer.owned(entries * size_of::<Entry>());
        for entry in before.entries.iter().chain(&exit.entries) {
            entry.trace(tracer);
        }
        for (_, entry) in running.iter().chain(done.iter()) {
            entry.trace(tracer);
        }
        let (raised, reported) = (self.raised.borrow(), self.reported.borrow());
        for noted in raised.iter().chain(reported.iter()) {
            noted.entry.trace(tracer);
            tracer.mark(noted.exception);
        }
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let waiting = self.len(When::Before) + self.len(When::Exit);
        write!(f, "Registry {{ waiting: {waiting}, running: {} }}", self.depth())
    }
}
