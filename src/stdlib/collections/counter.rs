//! `Counter`: a dict of how often each item occurs, with the arithmetic of multisets.

use toy_grammar::ast::{BinaryOp, CompareOp, UnaryOp};

use super::class_argument;
use crate::value::{Class, Dict, Gc, List, NativeDef, Table, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Sym, Type, Vm};

static CONSTRUCT: NativeDef = NativeDef::new(
    "Counter(cls, iterable=nil, /, **options)",
    "How often each item occurs; or the counts of a mapping, or of keyword arguments.",
    construct,
);
static METHODS: &[NativeDef] = &[
    NativeDef::new("copy(self, /)", "A new one with the same counts.", copy),
    NativeDef::new("__copy__(self, /)", "As `copy`.", copy),
    NativeDef::new("elements(self, /)", "An iterator over each item as often as its count says.", elements),
    NativeDef::new(
        "most_common(self, n=nil)",
        "A list of the items and their counts, the most common first; with `n`, so many of them.",
        most_common,
    ),
    NativeDef::new("subtract(self, iterable=nil, /, **options)", "As `update`, but subtracts.", subtract),
    NativeDef::new("total(self, /)", "The sum of the counts.", total),
    NativeDef::new(
        "update(self, iterable=nil, /, **options)",
        "Adds the items of an iterable, the counts of a mapping, or keyword arguments.",
        update,
    ),
    NativeDef::new("missing(self, key, /)", "The count of what is not there: 0.", missing),
    NativeDef::new("repr(self, /)", "The text of the counts, the most common first.", repr),
    NativeDef::new("+(self, other, /)", "The sums of the counts, as far as they are positive.", add),
    NativeDef::new("-(self, other, /)", "The differences, as far as they are positive.", sub),
    NativeDef::new("|(self, other, /)", "The greater counts, as far as they are positive.", union),
    NativeDef::new("&(self, other, /)", "The smaller counts, as far as they are positive.", intersection),
    NativeDef::new("+=(self, other, /)", "As `+`, in place.", add_in_place),
    NativeDef::new("-=(self, other, /)", "As `-`, in place.", sub_in_place),
    NativeDef::new("|=(self, other, /)", "As `|`, in place.", union_in_place),
    NativeDef::new("&=(self, other, /)", "As `&`, in place.", intersection_in_place),
    NativeDef::new("pos(self, /)", "The positive counts.", positive),
    NativeDef::new("neg(self, /)", "The negative counts, with the opposite sign.", negative),
    NativeDef::new("==(self, other, /)", "Whether all counts agree; what is missing counts 0.", equal),
    NativeDef::new("<=(self, other, /)", "Whether no count is greater.", at_most),
    NativeDef::new("<(self, other, /)", "Whether no count is greater and some differ.", less),
    NativeDef::new(">=(self, other, /)", "Whether no count is smaller.", at_least),
    NativeDef::new(">(self, other, /)", "Whether no count is smaller and some differ.", greater),
];

fn zero() -> Value {
    Value::int32(0)
}

pub(super) fn new_class(vm: &mut Vm) -> Gc<Class> {
    let class = vm.new_native_subclass("Counter", Type::Dict, &CONSTRUCT, METHODS);
    let name = vm.heap.intern("fromkeys");
    static FROM_KEYS: NativeDef =
        NativeDef::new("fromkeys(iterable, v=nil, /)", "Not defined for counters.", from_keys);
    let from_keys = vm.native(&FROM_KEYS);
    let _ = class.set_member(name, from_keys);
    class
}

fn from_keys(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let message = "Counter.fromkeys() is undefined.  Use Counter(iterable) instead.";
    Err(vm.error(crate::vm::Exc::RuntimeError, message))
}

fn receiver(vm: &mut Vm, args: Args<'_>) -> Result<(Gc<Dict>, Gc<Class>), Raised> {
    counter(args.at(0)).ok_or_else(|| vm.type_error("a Counter is needed"))
}

/// A value as a counter; the methods of the class are found through no other.
fn counter(value: Value) -> Option<(Gc<Dict>, Gc<Class>)> {
    let dict = value.as_object::<Dict>()?;
    let class = dict.class?;
    (class.construct.get().is_some_and(|def| std::ptr::eq(def, &CONSTRUCT))).then_some((dict, class))
}

/// Adds or subtracts one count; dict, key and count are rooted here.
fn change(vm: &mut Vm, dict: Gc<Dict>, op: BinaryOp, key: Value, count: Value) -> Result<(), Raised> {
    vm.rooted(&[dict.value(), key, count], |vm| {
        let old = vm.dict_get(dict, key)?.unwrap_or_else(zero);
        let new = vm.binary(op, old, count)?;
        vm.rooted(&[new], |vm| vm.dict_put(dict, key, new))
    })
}

/// Changes counts by those of a mapping, or by the items of an iterable.
fn change_by(vm: &mut Vm, dict: Gc<Dict>, op: BinaryOp, other: Value) -> Result<(), Raised> {
    if let Some(counts) = other.as_object::<Dict>() {
        for i in 0.. {
            if i >= counts.table.end() {
                break;
            }
            if let Some((key, count)) = counts.table.entry(i) {
                change(vm, dict, op, key, count)?;
            }
        }
        return Ok(());
    }
    let keys = vm.sym(Sym::Keys);
    if vm.find_attr(other, keys)?.is_some() {
        return vm.for_each(other, |vm, key| {
            let count = vm.get_item(other, key)?;
            change(vm, dict, op, key, count)?;
            Ok(true)
        });
    }
    vm.for_each(other, |vm, key| {
        change(vm, dict, op, key, Value::int32(1))?;
        Ok(true)
    })
}

fn change_by_arguments(vm: &mut Vm, dict: Gc<Dict>, op: BinaryOp, args: Args<'_>) -> Result<(), Raised> {
    for other in [args.or_nil(1), args.or_nil(2)] {
        if !other.is_nil() {
            change_by(vm, dict, op, other)?;
        }
    }
    Ok(())
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = class_argument(vm, args)?;
    let dict = Dict::of_class(&mut vm.heap, Table::new(), class, Value::NIL);
    vm.rooted(&[dict.value()], |vm| change_by_arguments(vm, dict, BinaryOp::Add, args))?;
    Ok(dict.value())
}

fn update(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (dict, _) = receiver(vm, args)?;
    change_by_arguments(vm, dict, BinaryOp::Add, args)?;
    Ok(Value::NIL)
}

fn subtract(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (dict, _) = receiver(vm, args)?;
    change_by_arguments(vm, dict, BinaryOp::Sub, args)?;
    Ok(Value::NIL)
}

fn missing(_: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(zero())
}

fn copy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (dict, class) = receiver(vm, args)?;
    vm.reserve(dict.table.len() * 4 * size_of::<Value>())?;
    Ok(Dict::of_class(&mut vm.heap, dict.table.copy(), class, Value::NIL).value())
}

fn total(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (dict, _) = receiver(vm, args)?;
    let mut total = zero();
    for (_, count) in dict.table.items() {
        total = vm.binary(BinaryOp::Add, total, count)?;
    }
    Ok(total)
}

fn elements(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (dict, _) = receiver(vm, args)?;
    let items = List::new(&mut vm.heap, Vec::new());
    vm.rooted(&[items.value()], |vm| {
        for (key, count) in dict.table.items() {
            for round in 0..vm.expect_index(count)? {
                vm.list_push(items, key)?;
                if round & 0xFFF == 0xFFF {
                    vm.check_interrupt()?;
                }
            }
        }
        vm.iter(items.value())
    })
}

/// The pairs of items and counts, the most common first, in a list.
fn by_count(vm: &mut Vm, dict: Gc<Dict>) -> Result<Gc<List>, Raised> {
    let table = &dict.table;
    vm.reserve(table.len() * 8 * size_of::<Value>())?;
    let counts: Vec<(Value, Value)> = table.items();
    let mut order: Vec<usize> = (0..counts.len()).collect();
    if counts.iter().all(|(_, count)| count.is_int()) {
        order.sort_by_key(|i| std::cmp::Reverse(counts[*i].1.as_int()));
        let pairs = order.iter().map(|i| counts[*i]);
        let pairs = pairs.map(|(key, count)| Tuple::new(&mut vm.heap, &[key, count]).value()).collect();
        return Ok(List::new(&mut vm.heap, pairs));
    }
    let list = List::new(&mut vm.heap, Vec::new());
    for (key, count) in counts {
        list.items.push(Tuple::new(&mut vm.heap, &[key, count]).value());
    }
    static SECOND: NativeDef = NativeDef::new("count(pair, /)", "The count of a pair.", second);
    let key = vm.native(&SECOND);
    vm.rooted(&[list.value(), key], |vm| super::super::sort::sort_list(vm, list, key, true))?;
    Ok(list)
}

fn second(_: &mut Vm, args: Args<'_>) -> NativeResult {
    let pair = args.at(0).as_object::<Tuple>();
    Ok(pair.and_then(|pair| pair.items().get(1).copied()).unwrap_or(Value::NIL))
}

fn most_common(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (dict, _) = receiver(vm, args)?;
    let list = by_count(vm, dict)?;
    if let Some(n) = args.given(1).filter(|n| !n.is_nil()) {
        let n = vm.expect_index(n)?;
        list.items.truncate(usize::try_from(n).unwrap_or(0));
    }
    Ok(list.value())
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (dict, _) = receiver(vm, args)?;
    if dict.table.is_empty() {
        return Ok(vm.heap.str("Counter()"));
    }
    let mut text = String::new();
    vm.shown_once(&mut text, args.at(0), "Counter(...)", |vm, out| {
        let plain = Dict::new(&mut vm.heap);
        vm.rooted(&[plain.value()], |vm| {
            match by_count(vm, dict) {
                Ok(pairs) => vm.rooted(&[pairs.value()], |vm| vm.dict_update(plain, pairs.value()))?,
                // Counts that have no order: as they stand.
                Err(raised) if vm.is_exception(raised.0, crate::vm::Exc::TypeError) => {
                    vm.dict_update(plain, dict.value())?;
                }
                Err(raised) => return Err(raised),
            }
            let counts = vm.repr(plain.value())?;
            out.push_str(&format!("Counter({counts})"));
            Ok(())
        })
    })?;
    vm.make_str(&text)
}

/// What two counts become.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    Add,
    Sub,
    Max,
    Min,
}

/// A new counter of the positive results of a rule for all items of both.
fn merged(vm: &mut Vm, args: Args<'_>, rule: Rule) -> NativeResult {
    let (left, class) = receiver(vm, args)?;
    let Some((right, _)) = counter(args.at(1)) else { return Ok(vm.not_implemented) };
    let result = Dict::of_class(&mut vm.heap, Table::new(), class, Value::NIL);
    vm.rooted(&[result.value()], |vm| {
        let keys = left.table.keys();
        let more = if rule == Rule::Min { Vec::new() } else { right.table.keys() };
        let keys = List::new(&mut vm.heap, [keys, more].concat());
        vm.for_each(keys.value(), |vm, key| {
            let x = vm.dict_get(left, key)?.unwrap_or_else(zero);
            vm.rooted(&[x], |vm| {
                let y = vm.dict_get(right, key)?.unwrap_or_else(zero);
                vm.rooted(&[y], |vm| {
                    let count = match rule {
                        Rule::Add => vm.binary(BinaryOp::Add, x, y)?,
                        Rule::Sub => vm.binary(BinaryOp::Sub, x, y)?,
                        Rule::Max => {
                            if vm.lt(x, y)? {
                                y
                            } else {
                                x
                            }
                        }
                        Rule::Min => {
                            if vm.lt(x, y)? {
                                x
                            } else {
                                y
                            }
                        }
                    };
                    vm.rooted(&[count], |vm| {
                        if vm.gt(count, zero())? { vm.dict_put(result, key, count) } else { Ok(()) }
                    })
                })
            })?;
            Ok(true)
        })
    })?;
    Ok(result.value())
}

fn add(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    merged(vm, args, Rule::Add)
}

fn sub(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    merged(vm, args, Rule::Sub)
}

fn union(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    merged(vm, args, Rule::Max)
}

fn intersection(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    merged(vm, args, Rule::Min)
}

/// As [`merged`], with the result put into the receiver.
fn merge_in_place(vm: &mut Vm, args: Args<'_>, rule: Rule, text: &str) -> NativeResult {
    let (dict, _) = receiver(vm, args)?;
    let result = merged(vm, args, rule)?;
    let Some(counts) = result.as_object::<Dict>() else {
        let other = vm.type_name(args.at(1));
        return Err(vm.type_error(format!("unsupported operand type(s) for {text}: 'Counter' and '{other}'")));
    };
    dict.table.clear();
    vm.rooted(&[result], |vm| vm.dict_update(dict, counts.value()))?;
    Ok(args.at(0))
}

fn add_in_place(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    merge_in_place(vm, args, Rule::Add, "+=")
}

fn sub_in_place(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    merge_in_place(vm, args, Rule::Sub, "-=")
}

fn union_in_place(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    merge_in_place(vm, args, Rule::Max, "|=")
}

fn intersection_in_place(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    merge_in_place(vm, args, Rule::Min, "&=")
}

fn signed(vm: &mut Vm, args: Args<'_>, negate: bool) -> NativeResult {
    let (dict, class) = receiver(vm, args)?;
    let result = Dict::of_class(&mut vm.heap, Table::new(), class, Value::NIL);
    vm.rooted(&[result.value()], |vm| {
        for (key, count) in dict.table.items() {
            let count = if negate { vm.unary(UnaryOp::Neg, count)? } else { count };
            vm.rooted(&[key, count], |vm| {
                if vm.gt(count, zero())? { vm.dict_put(result, key, count) } else { Ok(()) }
            })?;
        }
        Ok(result.value())
    })
}

fn positive(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    signed(vm, args, false)
}

fn negative(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    signed(vm, args, true)
}

/// Whether a comparison holds for the counts of all items of both; none when the other is no counter.
fn all_counts(vm: &mut Vm, args: Args<'_>, op: CompareOp) -> Result<Option<bool>, Raised> {
    let (left, _) = receiver(vm, args)?;
    let Some((right, _)) = counter(args.at(1)) else { return Ok(None) };
    let keys = List::new(&mut vm.heap, [left.table.keys(), right.table.keys()].concat());
    let mut all = true;
    vm.for_each(keys.value(), |vm, key| {
        let x = vm.dict_get(left, key)?.unwrap_or_else(zero);
        let y = vm.rooted(&[x], |vm| vm.dict_get(right, key))?.unwrap_or_else(zero);
        let result = vm.compare(op, x, y)?;
        all = vm.truth(result)?;
        Ok(all)
    })?;
    Ok(Some(all))
}

fn compared(vm: &mut Vm, args: Args<'_>, op: CompareOp, strictly: bool) -> NativeResult {
    let Some(holds) = all_counts(vm, args, op)? else { return Ok(vm.not_implemented) };
    let holds = holds && !(strictly && all_counts(vm, args, CompareOp::Eq)? == Some(true));
    Ok(Value::bool(holds))
}

fn equal(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compared(vm, args, CompareOp::Eq, false)
}

fn at_most(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compared(vm, args, CompareOp::Le, false)
}

fn less(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compared(vm, args, CompareOp::Le, true)
}

fn at_least(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compared(vm, args, CompareOp::Ge, false)
}

fn greater(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compared(vm, args, CompareOp::Ge, true)
}
