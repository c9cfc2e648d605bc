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

/// The handlers of one interpreter, and what they have raised so far.
#[derive(Default)]
pub struct Registry {
    inner: RefCell<Inner>,
    /// The entries that are running, innermost last.
    running: RefCell<Vec<Entry>>,
    /// Everything that handlers raised, `SystemExit` included, in the order of time.
    raised: RefCell<Vec<HandlerException>>,
    /// Exceptions that `atexit.run()` has printed before it raised them to its caller.
    reported: RefCell<Vec<HandlerException>>,
    /// Handlers registered since handlers began to run (5.2).
    late: Cell<usize>,
}

#[derive(Default)]
struct Inner {
    /// By rising number, with gaps.
    entries: Vec<Entry>,
    /// How many are no gaps.
    live: usize,
    next_id: u64,
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
    /// Adds an entry behind all others; its number.
    pub fn push(&self, function: Value, args: Value, keywords: Value, site: Option<TraceEntry>) -> u64 {
        let inner = &mut *self.inner.borrow_mut();
        let id = inner.next_id;
        inner.next_id += 1;
        inner.entries.push(Entry { id, function, args, keywords, site, object: None });
        inner.live += 1;
        if let Some(index) = &mut inner.index {
            index.add(function, id);
        }
        id
    }

    /// How many bytes the next registration will add, for the memory limit.
    pub fn bytes_to_grow(&self) -> usize {
        let inner = self.inner.borrow();
        if inner.entries.len() < inner.entries.capacity() {
            0
        } else {
            inner.entries.capacity().max(4) * size_of::<Entry>()
        }
    }

    /// How many wait to be run.
    pub fn len(&self) -> usize {
        self.inner.borrow().live
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the newest entry out and marks it as running, until [`Registry::finish`].
    pub fn start_newest(&self) -> Option<Entry> {
        let entry = self.inner.borrow_mut().pop()?;
        entry.set_state(EntryState::Running);
        self.running.borrow_mut().push(entry);
        Some(entry)
    }

    /// The innermost running entry is done.
    pub fn finish(&self) {
        if let Some(entry) = self.running.borrow_mut().pop() {
            entry.set_state(EntryState::Done);
        }
    }

    /// How many handlers are running, one inside the other.
    pub fn depth(&self) -> usize {
        self.running.borrow().len()
    }

    /// Takes one entry out of the registry; false if it is not in it any more.
    pub fn remove(&self, id: u64) -> bool {
        match self.inner.borrow_mut().remove(id) {
            Some(entry) => {
                entry.set_state(EntryState::Removed);
                true
            }
            None => false,
        }
    }

    /// Takes all out.
    pub fn clear(&self) {
        let inner = &mut *self.inner.borrow_mut();
        for entry in inner.entries.drain(..).filter(|entry| !entry.is_gap()) {
            entry.set_state(EntryState::Removed);
        }
        inner.entries.shrink_to(64);
        inner.live = 0;
        inner.index = None;
    }

    /// All that wait, oldest first.
    pub fn snapshot(&self) -> Vec<Entry> {
        self.inner.borrow().entries.iter().filter(|entry| !entry.is_gap()).copied().collect()
    }

    /// The numbers of the entries whose callable has this key.
    pub fn with_key(&self, key: PlainKey) -> Vec<u64> {
        self.inner.borrow_mut().index().plain.get(&key).cloned().unwrap_or_default()
    }

    /// The entries whose callable has no key, oldest first.
    pub fn without_key(&self) -> Vec<Entry> {
        let inner = &mut *self.inner.borrow_mut();
        let ids = inner.index().general.clone();
        ids.into_iter().filter_map(|id| inner.position(id).map(|at| inner.entries[at])).collect()
    }

    /// The object that programs see an entry as; the same one each time.
    pub fn object(
        &self,
        vm: &mut Vm,
        id: u64,
        make: impl FnOnce(&mut Vm, Entry) -> Gc<Foreign>,
    ) -> Option<Gc<Foreign>> {
        let entry = {
            let inner = self.inner.borrow();
            inner.position(id).map(|at| inner.entries[at])?
        };
        if let Some(object) = entry.object {
            return Some(object);
        }
        let object = make(vm, entry);
        let inner = &mut *self.inner.borrow_mut();
        if let Some(at) = inner.position(id) {
            inner.entries[at].object = Some(object);
        }
        Some(object)
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

impl Inner {
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
        let inner = self.inner.borrow();
        tracer.owned(inner.entries.capacity() * size_of::<Entry>());
        let running = self.running.borrow();
        for entry in inner.entries.iter().chain(running.iter()) {
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
        write!(f, "Registry {{ waiting: {}, running: {} }}", self.len(), self.depth())
    }
}
