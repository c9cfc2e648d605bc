//! The standard library: one file or folder for each class or module, and the table that lists them.
//!
//! This file alone knows them all. A part adds methods to a built-in class, or builtins, in its `install`; what
//! programs import is a table of natives, and becomes a module when it is first imported.

mod argparse;
pub mod atexit;
mod base64;
mod bisect;
mod builtins;
mod bytes;
mod collections;
mod copy;
mod csv;
mod datetime;
mod dict;
mod exception;
mod float;
mod functools;
mod generator;
mod glob;
mod hashlib;
mod heapq;
mod int;
pub mod io;
mod itertools;
mod json;
mod list;
mod math;
mod namedtuple;
mod object;
mod os;
mod random;
mod range;
mod re;
mod set;
mod shutil;
mod signal;
mod sort;
mod statistics;
mod str;
mod subprocess;
pub mod sys;
mod tempfile;
mod test;
mod textwrap;
mod thread;
mod time;
mod traceback;
mod tuple;

pub use builtins::attribute_names;

use crate::vm::{NativeModule, Vm};

/// The modules that programs can import.
static MODULES: &[NativeModule] = &[
    argparse::MODULE,
    atexit::MODULE,
    base64::BINASCII,
    base64::MODULE,
    bisect::MODULE,
    collections::MODULE,
    copy::MODULE,
    csv::MODULE,
    datetime::MODULE,
    datetime::ZONEINFO,
    functools::MODULE,
    glob::MODULE,
    hashlib::MODULE,
    heapq::MODULE,
    io::MODULE,
    itertools::MODULE,
    json::MODULE,
    math::MODULE,
    os::MODULE,
    os::path::MODULE,
    random::MODULE,
    re::MODULE,
    shutil::MODULE,
    signal::MODULE,
    statistics::MODULE,
    subprocess::MODULE,
    sys::MODULE,
    tempfile::MODULE,
    test::MODULE,
    textwrap::MODULE,
    thread::MODULE,
    time::MODULE,
    traceback::MODULE,
];

/// Those of them that go past the host: to files, directories and processes.
static SYSTEM_MODULES: &[&str] = &["glob", "os", "os.path", "shutil", "subprocess", "tempfile"];

/// Gives a new VM its builtins and its modules.
pub fn install(vm: &mut Vm) {
    object::install(vm);
    exception::install(vm);
    int::install(vm);
    float::install(vm);
    str::install(vm);
    bytes::install(vm);
    list::install(vm);
    tuple::install(vm);
    dict::install(vm);
    set::install(vm);
    range::install(vm);
    generator::install(vm);
    builtins::install(vm);
    io::install(vm);
    sys::install(vm);
    vm.native_modules = MODULES;
    vm.system_modules = SYSTEM_MODULES;
}
