//! The functions that every program has without an import, apart from input and output.
//!
//! The classes among the builtins are added by their own files; those of iterators, the exception classes and the
//! constants are added here.

mod convert;
mod inspect;
mod iterators;
mod numbers;
mod sequence;

use crate::vm::{EXCEPTIONS, Vm};

pub use inspect::attribute_names;

/// Adds the functions and the exception classes.
pub fn install(vm: &mut Vm) {
    let rooms = [
        convert::FUNCTIONS,
        inspect::FUNCTIONS,
        iterators::FUNCTIONS,
        numbers::FUNCTIONS,
        sequence::FUNCTIONS,
    ];
    for def in rooms.into_iter().flatten() {
        let function = vm.native(def);
        vm.add_builtin(def.name(), function);
    }
    for def in iterators::CLASSES {
        let class = vm.new_iterator_class(def.name(), def);
        vm.add_builtin(def.name(), class.value());
    }
    for (i, (name, ..)) in EXCEPTIONS.iter().enumerate() {
        let class = vm.exceptions[i].value();
        vm.add_builtin(name, class);
    }
    let not_implemented = vm.not_implemented;
    vm.add_builtin("NotImplemented", not_implemented);
}
