//! `bisect`: places in sorted sequences.

use super::object::attribute;
use crate::value::{Dict, List, NativeDef, Set, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

/// The module.
pub const MODULE: NativeModule = NativeModule {
    name: "bisect",
    doc: "Finding places in sorted sequences, and inserting there. Left out: nothing.",
    functions: FUNCTIONS,
    setup: None,
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("bisect(a, x, lo=0, hi=nil, *, key=nil)", "As `bisect_right`.", bisect_right),
    NativeDef::new(
        "bisect_left(a, x, lo=0, hi=nil, *, key=nil)",
        "The place of x in the sorted `a`, before equal items.",
        bisect_left,
    ),
    NativeDef::new(
        "bisect_right(a, x, lo=0, hi=nil, *, key=nil)",
        "The place of x in the sorted `a`, behind equal items.",
        bisect_right,
    ),
    NativeDef::new("insort(a, x, lo=0, hi=nil, *, key=nil)", "As `insort_right`.", insort_right),
    NativeDef::new(
        "insort_left(a, x, lo=0, hi=nil, *, key=nil)",
        "Inserts x into the sorted `a`, before equal items.",
        insort_left,
    ),
    NativeDef::new(
        "insort_right(a, x, lo=0, hi=nil, *, key=nil)",
        "Inserts x into the sorted `a`, behind equal items.",
        insort_right,
    ),
];

/// The place of `x`, which is rooted here, among the keys of the items.
fn place(vm: &mut Vm, args: Args<'_>, x: Value, right: bool) -> Result<i64, Raised> {
    let (sequence, key) = (args.at(0), args.or_nil(4));
    let mut low = match args.given(2) {
        Some(low) => vm.expect_index(low)?,
        None => 0,
    };
    if low < 0 {
        return Err(vm.value_error("lo must be non-negative"));
    }
    // Also where there is nothing to look at.
    let name = vm.type_name(sequence);
    if sequence.as_object::<Dict>().is_some() {
        return Err(vm.type_error(format!("{name} is not a sequence")));
    }
    if sequence.as_object::<Set>().is_some() {
        return Err(vm.type_error(format!("'{name}' object does not support indexing")));
    }
    let mut high = match args.or_nil(3) {
        Value::NIL => vm.len(sequence)? as i64,
        high => vm.expect_index(high)?,
    };
    vm.rooted(&[x], |vm| {
        while low < high {
            let middle = low + (high - low) / 2;
            let at = vm.heap.int(middle);
            let item = vm.get_item(sequence, at)?;
            let item = match key {
                Value::NIL => item,
                key => vm.rooted(&[item], |vm| vm.call(key, &[item]))?,
            };
            let goes_right = if right { !vm.lt(x, item)? } else { vm.lt(item, x)? };
            if goes_right {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    })
}

fn bisect_left(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let place = place(vm, args, args.at(1), false)?;
    Ok(vm.heap.int(place))
}

fn bisect_right(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let place = place(vm, args, args.at(1), true)?;
    Ok(vm.heap.int(place))
}

fn insort(vm: &mut Vm, args: Args<'_>, right: bool) -> NativeResult {
    let (sequence, item) = (args.at(0), args.at(1));
    let x = match args.or_nil(4) {
        Value::NIL => item,
        key => vm.call(key, &[item])?,
    };
    let place = place(vm, args, x, right)?;
    if let Some(list) = sequence.as_object::<List>() {
        list.items.insert(place as usize, item);
        return Ok(Value::NIL);
    }
    let name = vm.heap.intern("insert");
    match attribute(vm, sequence, name)? {
        Some(insert) => {
            let place = vm.heap.int(place);
            vm.call(insert, &[place, item])?;
            Ok(Value::NIL)
        }
        None => Err(vm.attribute_error(sequence, name)),
    }
}

fn insort_left(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    insort(vm, args, false)
}

fn insort_right(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    insort(vm, args, true)
}
