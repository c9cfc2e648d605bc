//! `local`: attributes that each thread has for itself.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::lock::class_of;
use crate::heap::Tracer;
use crate::value::{Class, Dict, Foreign, ForeignData, Gc, NativeDef, Value};
use crate::vm::{ThreadId, Vm};

static CONSTRUCT: NativeDef =
    NativeDef::new("local(cls, /)", "An object whose attributes each thread has for itself.", |vm, args| {
        let class = class_of(vm, args)?;
        Ok(Foreign::new(&mut vm.heap, class, Local::default()).value())
    });
const METHODS: &[NativeDef] = &[];

#[derive(Default)]
struct Local {
    /// The attributes of the threads that have set any.
    attributes: RefCell<FxHashMap<ThreadId, Gc<Dict>>>,
}

impl ForeignData for Local {
    fn trace(&self, tracer: &mut Tracer) {
        for attributes in self.attributes.borrow().values() {
            tracer.mark(attributes.value());
        }
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        let attributes = self.attributes.borrow().get(&vm.current_thread()).copied()?;
        attributes.table.get_str(&vm.heap.intern(name))
    }

    fn set_attribute(&self, vm: &mut Vm, name: &str, value: Value) -> bool {
        let thread = vm.current_thread();
        let own = self.attributes.borrow().get(&thread).copied();
        let own = own.unwrap_or_else(|| {
            let own = Dict::new(&mut vm.heap);
            let mut attributes = self.attributes.borrow_mut();
            // Those of threads that have ended are nobody's.
            attributes.retain(|thread, _| vm.is_alive(*thread));
            attributes.insert(thread, own);
            own
        });
        let name = vm.heap.intern(name);
        own.table.put_str(name, value);
        true
    }

    fn delete_attribute(&self, vm: &mut Vm, name: &str) -> bool {
        let Some(own) = self.attributes.borrow().get(&vm.current_thread()).copied() else { return false };
        match own.table.find_str(&vm.heap.intern(name)) {
            Some(place) => {
                own.table.remove(place);
                true
            }
            None => false,
        }
    }
}

pub(super) fn new_class(vm: &mut Vm) -> Gc<Class> {
    let class = vm.new_native_class("local", METHODS);
    class.construct.set(Some(&CONSTRUCT));
    class
}
