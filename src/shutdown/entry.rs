//! One registration of an exit handler: what is called with what, how messages call it, and what programs see of it.

use std::cell::Cell;

use crate::heap::Tracer;
use crate::value::{
    BoundMethod, Class, Closure, Dict, Foreign, ForeignData, Gc, Instance, Native, Str, TraceEntry, Tuple,
    Value,
};
use crate::vm::Vm;

/// One registration.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its number: higher for later ones.
    pub id: u64,
    /// What is called; undefined in a gap.
    pub function: Value,
    /// A tuple, or undefined if there are none.
    pub args: Value,
    /// A dict, or undefined if there are none.
    pub keywords: Value,
    /// The registering call.
    pub site: Option<TraceEntry>,
    /// What programs see of it, once one has asked.
    pub(super) object: Option<Gc<Foreign>>,
}

/// How far an entry has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryState {
    Pending,
    Running,
    Done,
    /// Taken out before it ran.
    Removed,
}

impl EntryState {
    /// The name that programs know it by.
    pub fn name(self) -> &'static str {
        match self {
            EntryState::Pending => "pending",
            EntryState::Running => "running",
            EntryState::Done => "done",
            EntryState::Removed => "removed",
        }
    }
}

impl Entry {
    /// `exit handler 'save' (registered at m.toy:12)`.
    pub fn describe(&self) -> String {
        let name = self.name();
        match self.place() {
            Some((file, line)) => format!("exit handler '{name}' (registered at {file}:{line})"),
            None => format!("exit handler '{name}'"),
        }
    }

    /// The file and line of the registering call, if Toy code made it.
    pub fn place(&self) -> Option<(String, u32)> {
        self.site.map(|site| site.file_and_line())
    }

    /// A function's name, `C.m` for a method, `C object` for a callable instance.
    pub fn name(&self) -> String {
        callable_name(self.function)
    }

    /// What programs see of it, if one has asked.
    pub fn object(&self) -> Option<Gc<Foreign>> {
        self.object
    }

    pub(super) fn is_gap(&self) -> bool {
        self.function.is_undef()
    }

    pub(super) fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.function, self.args, self.keywords]);
        if let Some(site) = self.site {
            tracer.mark(site.proto.value());
        }
        if let Some(object) = self.object {
            tracer.mark(object.value());
        }
    }

    /// The keyword arguments, in order.
    pub fn keyword_arguments(&self) -> Vec<(Gc<Str>, Value)> {
        let Some(dict) = self.keywords.as_object::<Dict>() else { return Vec::new() };
        dict.table
            .items()
            .into_iter()
            .filter_map(|(key, value)| key.as_str().map(|key| (key, value)))
            .collect()
    }

    pub(super) fn set_state(&self, state: EntryState) {
        if let Some(data) = self.object.and_then(|object| object.value().foreign::<EntryObject>()) {
            data.state.set(state);
        }
    }
}

fn callable_name(function: Value) -> String {
    if let Some(closure) = function.as_object::<Closure>() {
        return closure.proto.name.as_str().to_string();
    }
    if let Some(native) = function.as_object::<Native>() {
        return match native.owner {
            Some(class) => format!("{}.{}", class.name.get().as_str(), native.def.name()),
            None => native.def.name().to_string(),
        };
    }
    if let Some(bound) = function.as_object::<BoundMethod>() {
        return match bound.function.as_object::<Closure>() {
            Some(closure) => method_name(&closure.proto.code.qualified_name),
            None => callable_name(bound.function),
        };
    }
    if let Some(class) = function.as_object::<Class>() {
        return class.name.get().as_str().to_string();
    }
    if let Some(instance) = function.as_object::<Instance>() {
        return format!("{} object", instance.class().name.get().as_str());
    }
    match function.as_object::<Foreign>() {
        Some(foreign) => format!("{} object", foreign.class.name.get().as_str()),
        None => "object".to_string(),
    }
}

/// The last two parts of a qualified name: a class inside a function is still `C.m`.
fn method_name(qualified: &str) -> String {
    let mut parts: Vec<&str> = qualified.rsplitn(3, '.').take(2).collect();
    parts.reverse();
    parts.join(".")
}

/// What a program sees of an entry.
pub struct EntryObject {
    pub entry: Entry,
    pub state: Cell<EntryState>,
}

impl EntryObject {
    pub fn new(entry: Entry) -> EntryObject {
        EntryObject { entry, state: Cell::new(EntryState::Pending) }
    }
}

impl ForeignData for EntryObject {
    fn trace(&self, tracer: &mut Tracer) {
        self.entry.trace(tracer);
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        let entry = &self.entry;
        Some(match name {
            "name" => vm.heap.str(&entry.name()),
            "func" => entry.function,
            "args" if entry.args.is_undef() => Tuple::new(&mut vm.heap, &[]).value(),
            "args" => entry.args,
            "kwargs" if entry.keywords.is_undef() => Dict::new(&mut vm.heap).value(),
            "kwargs" => entry.keywords,
            "file" => entry.place().map_or(Value::NIL, |(file, _)| vm.heap.str(&file)),
            "line" => entry.place().map_or(Value::NIL, |(_, line)| Value::len(line as usize)),
            "state" => vm.heap.intern(self.state.get().name()).value(),
            _ => return None,
        })
    }
}
