//! `json`: texts to values (`read.rs`) and back (`write.rs`), and the error that says where a text is wrong.
//!
//! Both are written here rather than left to `serde_json`: Python reads what is no JSON (`NaN`, `Infinity`, `1` with any
//! number of digits, names given twice), reports its own errors at its own places, calls functions of the program in the
//! middle, and nests as deep as memory allows.

mod read;
mod write;

use crate::value::{Class, Gc, Instance, Layout, Module, NativeDef, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "json",
    doc: "Reads and writes JSON. Left out: the classes `JSONEncoder` and `JSONDecoder` with the argument `cls`, \
          surrogates that stand alone, and encodings other than UTF-8.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "loads(s, *, object_hook=nil, parse_float=nil, parse_int=nil, parse_constant=nil, object_pairs_hook=nil)",
        "The value that a JSON text says.",
        read::loads,
    ),
    NativeDef::new(
        "load(fp, *, object_hook=nil, parse_float=nil, parse_int=nil, parse_constant=nil, object_pairs_hook=nil)",
        "The value that the JSON text in a file says.",
        read::load,
    ),
    NativeDef::new(
        "dumps(obj, *, skipkeys=false, ensure_ascii=true, check_circular=true, allow_nan=true, indent=nil, \
         separators=nil, default=nil, sort_keys=false)",
        "A value as JSON text; `default` makes something else of what JSON does not have.",
        write::dumps,
    ),
    NativeDef::new(
        "dump(obj, fp, *, skipkeys=false, ensure_ascii=true, check_circular=true, allow_nan=true, indent=nil, \
         separators=nil, default=nil, sort_keys=false)",
        "Writes a value to a file as JSON text.",
        write::dump,
    ),
];

const CONSTRUCT_ERROR: NativeDef = NativeDef::new(
    "JSONDecodeError(cls, msg, doc, pos)",
    "A text that is no JSON: `msg`, the text `doc`, and where: `pos`, `lineno`, `colno`.",
    construct_error,
);

fn error_class(vm: &mut Vm) -> Gc<Class> {
    struct Name;
    vm.class_once::<Name>(|vm| {
        let name = vm.heap.intern("JSONDecodeError");
        let base = vm.exception_class(Exc::ValueError);
        let class = Class::new(&mut vm.heap, name, Some(base), Layout::Exception);
        class.construct.set(Some(&CONSTRUCT_ERROR));
        class
    })
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let class = error_class(vm);
    class.module.set(module.value());
    let name = vm.heap.intern("JSONDecodeError");
    module.add_slot(name, class.value());
    Ok(())
}

fn construct_error(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(class) = args.at(0).as_object::<Class>() else {
        return Err(vm.type_error("an exception is made by its class"));
    };
    let (Some(msg), Some(doc)) = (args.at(1).as_str(), args.at(2).as_str()) else {
        return Err(vm.type_error("JSONDecodeError() needs a message and a text"));
    };
    let pos = vm.expect_index(args.at(3))?;
    let end = doc.byte_offset(usize::try_from(pos).unwrap_or(0).min(doc.chars()));
    Ok(make_error(vm, class, msg.as_str(), args.at(2), end))
}

/// The error at a place of a text, counted in bytes.
fn decode_error(vm: &mut Vm, msg: &str, doc: Value, byte: usize) -> Raised {
    let class = error_class(vm);
    Raised(make_error(vm, class, msg, doc, byte))
}

fn make_error(vm: &mut Vm, class: Gc<Class>, msg: &str, doc: Value, byte: usize) -> Value {
    let text = doc.as_str();
    let before = text.as_ref().map_or("", |text| text.as_str().get(..byte).unwrap_or(""));
    let pos = before.chars().count();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |part| part.chars().count()) + 1;
    let message = format!("{msg}: line {line} column {column} (char {pos})");
    let message = vm.heap.str(&message);
    let exception = vm.new_exception(class, &[message]);
    let msg = vm.heap.str(msg);
    let values = [
        ("msg", msg),
        ("doc", doc),
        ("pos", Value::len(pos)),
        ("lineno", Value::len(line)),
        ("colno", Value::len(column)),
    ];
    for (name, value) in values {
        let name = vm.heap.intern(name);
        Instance::set(&exception, &mut vm.heap, name, value);
    }
    exception.value()
}
