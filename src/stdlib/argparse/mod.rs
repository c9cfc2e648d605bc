//! `argparse`: command lines. It is written in Toy, in the files beside this one; they are one module.

use crate::value::{Gc, Module};
use crate::vm::{NativeModule, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "argparse",
    doc: "Command lines: an `ArgumentParser` is told by `add_argument` what a program takes; `parse_args` then gives the \
          values, or says what is wrong and ends the program with status 2. Texts may have `%(prog)s`, and those of \
          arguments `%(default)s` and the like. Left out: `FileType`, `fromfile_prefix_chars`, `conflict_handler`, \
          `deprecated`, `register`, and options between the words of one positional argument (`parse_intermixed_args`).",
    functions: &[],
    setup: Some(setup),
};

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    vm.add_toy_part(module, concat!(include_str!("formatter.toy"), "\n", include_str!("argparse.toy")))
}
