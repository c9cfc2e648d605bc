//! `range`: the constructor and the methods. Ranges themselves live among the values, for loops know them.

use super::list::is_or_equals;
use super::object::receiver;
use crate::value::{NativeDef, Range, Value};
use crate::vm::{Args, NativeResult, Raised, Type, Vm};

const RANGE: NativeDef = NativeDef::new(
    "range(cls, start, stop=nil, step=1, /)",
    "The ints from `start` to before `stop`; `range(stop)` starts from 0.",
    range,
);

const METHODS: &[NativeDef] = &[
    NativeDef::new("count(self, value, /)", "How many of the ints equal the value.", count),
    NativeDef::new("index(self, value, /)", "The place of a value in the range.", index),
];

/// Adds `range` to the builtins.
pub fn install(vm: &mut Vm) {
    vm.set_constructor(Type::Range, &RANGE);
    let class = vm.class_for(Type::Range);
    vm.add_methods(class, METHODS);
    vm.add_builtin("range", class.value());
}

fn range(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let first = vm.expect_index(args.at(1))?;
    let Some(stop) = args.given(2) else {
        return Ok(Range::new(&mut vm.heap, 0, first, 1).value());
    };
    let stop = vm.expect_index(stop)?;
    let step = match args.given(3) {
        Some(step) => vm.expect_index(step)?,
        None => 1,
    };
    if step == 0 {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    Ok(Range::new(&mut vm.heap, first, stop, step).value())
}

/// The first place of a value: computed for ints, searched for what may only be equal to one.
fn position(vm: &mut Vm, range: &Range, value: Value) -> Result<Option<u64>, Raised> {
    if let Some(int) = vm.int_of(value) {
        return Ok(int.to_i64().and_then(|int| range.position(int)));
    }
    if let Some(float) = value.as_float() {
        let whole = float as i64;
        return Ok(if whole as f64 == float { range.position(whole) } else { None });
    }
    for i in 0..range.len() {
        let item = vm.heap.int(range.at(i));
        if is_or_equals(vm, item, value)? {
            return Ok(Some(i));
        }
        if i % 4096 == 4095 {
            vm.check_interrupt()?;
        }
    }
    Ok(None)
}

fn count(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let range = receiver::<Range>(vm, args)?;
    let found = position(vm, &range, args.at(1))?;
    Ok(Value::len(usize::from(found.is_some())))
}

fn index(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let range = receiver::<Range>(vm, args)?;
    if let Some(i) = position(vm, &range, args.at(1))? {
        return Ok(vm.heap.int(i as i64));
    }
    let message = match vm.int_of(args.at(1)) {
        Some(_) => format!("{} is not in range", vm.repr(args.at(1))?),
        None => "sequence.index(x): x not in sequence".to_string(),
    };
    Err(vm.value_error(message))
}
