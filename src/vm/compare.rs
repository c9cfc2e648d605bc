//! Comparison, identity, truth and membership.
//!
//! What is hard: an `==` may be Toy code that changes the very containers being compared, so items are copied
//! out one by one, lengths are asked for anew, and what is still needed afterwards is rooted. Nesting is bounded
//! by a count instead of the machine's stack, which grows as comparisons go deeper. There are two equalities:
//! the operator, for which NaN differs from itself, and what containers mean by it, where an identical item is
//! equal without being asked ([`Vm::eq`]).

mod hash;
mod lookup;
mod order;

use num_bigint::BigInt;
use num_traits::FromPrimitive;
use std::cmp::Ordering;
use toy_grammar::ast::CompareOp;
use toy_grammar::deep::maybe_grow;

pub(crate) use hash::hash_small_int;
pub(crate) use lookup::ITEM_BYTES;

use super::number::{Number, Whole, has_methods};
use super::{Exc, NativeResult, Raised, Sym, Vm};
use crate::value::{
    BoundMethod, BoxedInt, Bytes, Dict, DictPart, DictView, Gc, Kind, List, Range, Set, Slice, Str, Tuple,
    Value,
};

/// Native code that may go on recursing has at least this much of the machine's stack.
const RED_ZONE: usize = 128 << 10;
const SEGMENT: usize = 1 << 20;
/// The most levels of nesting, whatever the recursion limit is set to.
const MAX_NESTING: usize = 100_000;

/// A list or a tuple.
#[derive(Clone, Copy)]
pub(super) enum Items {
    List(Gc<List>),
    Tuple(Gc<Tuple>),
}

impl Items {
    pub(super) fn len(self) -> usize {
        match self {
            Items::List(list) => list.items.len(),
            Items::Tuple(tuple) => tuple.items().len(),
        }
    }

    pub(super) fn get(self, i: usize) -> Option<Value> {
        match self {
            Items::List(list) => list.items.get(i),
            Items::Tuple(tuple) => tuple.items().get(i).copied(),
        }
    }
}

/// How two numbers compare; none when one is NaN.
pub(super) fn compare_numbers(x: Number, y: Number) -> Option<Ordering> {
    match (x, y) {
        (Number::Whole(Whole::Small(x)), Number::Whole(Whole::Small(y))) => Some(x.cmp(&y)),
        (Number::Whole(x), Number::Whole(y)) => Some(x.big().cmp(&y.big())),
        (Number::Float(x), Number::Float(y)) => x.partial_cmp(&y),
        (Number::Whole(x), Number::Float(y)) => compare_whole_float(x, y),
        (Number::Float(x), Number::Whole(y)) => compare_whole_float(y, x).map(Ordering::reverse),
    }
}

/// Exact, though most big ints are no floats.
fn compare_whole_float(x: Whole, y: f64) -> Option<Ordering> {
    if y.is_nan() {
        return None;
    }
    if y.is_infinite() {
        return Some(if y > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole_part = match x {
        Whole::Small(i) if i.unsigned_abs() <= 1 << 53 => return (i as f64).partial_cmp(&y),
        Whole::Small(i) if y.abs() < 9e18 => i.cmp(&(y.trunc() as i64)),
        _ => x.big().as_ref().cmp(&BigInt::from_f64(y.trunc())?),
    };
    // Of two equal whole parts, what stands behind the point decides.
    Some(whole_part.then(0.0.partial_cmp(&y.fract())?))
}

/// Equality where it takes no call; none when containers or methods have to be asked.
fn simple_eq(a: Value, b: Value) -> Option<bool> {
    if let (Some(x), Some(y)) = (a.as_str(), b.as_str()) {
        return Some(x.equals(&y));
    }
    if let (Some(x), Some(y)) = (Number::of(a), Number::of(b)) {
        return Some(compare_numbers(x, y) == Some(Ordering::Equal));
    }
    match (a.kind(), b.kind()) {
        (None, None) => Some(a == b),
        (Some(Kind::Instance | Kind::Foreign), _) | (_, Some(Kind::Instance | Kind::Foreign)) => None,
        (Some(Kind::Set | Kind::DictView), Some(Kind::Set | Kind::DictView)) => None,
        (Some(x), Some(y)) if x == y => match x {
            Kind::List | Kind::Tuple | Kind::Dict | Kind::Slice => None,
            Kind::Bytes => Some(match (a.as_object::<Bytes>(), b.as_object::<Bytes>()) {
                (Some(x), Some(y)) => x.data == y.data,
                _ => false,
            }),
            Kind::Range => Some(match (a.as_object::<Range>(), b.as_object::<Range>()) {
                (Some(x), Some(y)) => same_range(x, y),
                _ => false,
            }),
            Kind::BoundMethod => Some(match (a.as_object::<BoundMethod>(), b.as_object::<BoundMethod>()) {
                (Some(x), Some(y)) => x.function == y.function && x.receiver == y.receiver,
                _ => false,
            }),
            _ => Some(a == b),
        },
        _ => Some(false),
    }
}

/// Ranges are equal when they have the same ints in the same order.
fn same_range(x: Gc<Range>, y: Gc<Range>) -> bool {
    let len = x.len();
    len == y.len() && (len == 0 || x.start == y.start && (len == 1 || x.step == y.step))
}

/// Whether this is a view that behaves like a set.
fn is_set_view(v: Value) -> bool {
    v.as_object::<DictView>().is_some_and(|view| view.part != DictPart::Values)
}

/// Whether one value or the other is a set or a view that behaves like one, and the other too.
fn are_set_like(a: Value, b: Value) -> bool {
    let set_like = |v: Value| v.kind() == Some(Kind::Set) || is_set_view(v);
    set_like(a) && set_like(b)
}

fn items_of(v: Value) -> Option<Items> {
    match v.as_object::<List>() {
        Some(list) => Some(Items::List(list)),
        None => v.as_object::<Tuple>().map(Items::Tuple),
    }
}

impl Vm {
    /// Whether two values are identical or `==`: what containers mean by equal.
    pub fn eq(&mut self, a: Value, b: Value) -> Result<bool, Raised> {
        if a == b { Ok(true) } else { self.equal(a, b) }
    }

    /// The truth of `a == b`.
    pub(super) fn equal(&mut self, a: Value, b: Value) -> Result<bool, Raised> {
        if let Some(known) = simple_eq(a, b) {
            return Ok(known);
        }
        if has_methods(a) || has_methods(b) {
            let result = self.equal_by_method(a, b)?;
            return self.truth(result);
        }
        self.nested(" in comparison", &[a, b], |vm| vm.equal_containers(a, b))
    }

    fn equal_containers(&mut self, a: Value, b: Value) -> Result<bool, Raised> {
        if let (Some(x), Some(y)) = (items_of(a), items_of(b)) {
            return self.equal_items(x, y);
        }
        if let (Some(x), Some(y)) = (a.as_object::<Dict>(), b.as_object::<Dict>()) {
            return self.equal_dicts(x, y);
        }
        if are_set_like(a, b) {
            return Ok(self.len(a)? == self.len(b)? && self.all_in(a, b)?);
        }
        if let (Some(x), Some(y)) = (a.as_object::<Slice>(), b.as_object::<Slice>()) {
            return Ok(self.eq(x.start, y.start)? && self.eq(x.stop, y.stop)? && self.eq(x.step, y.step)?);
        }
        Ok(a == b)
    }

    fn equal_items(&mut self, x: Items, y: Items) -> Result<bool, Raised> {
        if x.len() != y.len() {
            return Ok(false);
        }
        let mut i = 0;
        while let (Some(p), Some(q)) = (x.get(i), y.get(i)) {
            if !self.eq(p, q)? {
                return Ok(false);
            }
            i += 1;
            if i & 0xFFF == 0 {
                self.check_interrupt()?;
            }
        }
        Ok(x.len() == y.len())
    }

    fn equal_dicts(&mut self, x: Gc<Dict>, y: Gc<Dict>) -> Result<bool, Raised> {
        if x.table.len() != y.table.len() {
            return Ok(false);
        }
        let mut i = 0;
        while i < x.table.end() {
            if let (Some((key, value)), Some(hash)) = (x.table.entry(i), x.table.entry_hash(i)) {
                let equal = self.rooted(&[key, value], |vm| match vm.table_find(&y.table, key, hash)? {
                    Some(at) => match y.table.entry(at) {
                        Some((_, other)) => vm.eq(value, other),
                        None => Ok(false),
                    },
                    None => Ok(false),
                })?;
                if !equal {
                    return Ok(false);
                }
            }
            i += 1;
            if i & 0xFFF == 0 {
                self.check_interrupt()?;
            }
        }
        Ok(true)
    }

    /// Whether all items of a set or view are in another; both are rooted.
    fn all_in(&mut self, part: Value, whole: Value) -> Result<bool, Raised> {
        let mut all = true;
        self.for_each(part, |vm, item| {
            all = vm.contains(whole, item)?;
            Ok(all)
        })?;
        Ok(all)
    }

    /// `a == b` where at least one is an instance.
    fn equal_by_method(&mut self, a: Value, b: Value) -> NativeResult {
        match self.rooted(&[a, b], |vm| vm.compare_by_method(Sym::Eq, Sym::Eq, a, b))? {
            Some(result) => Ok(result),
            // Of a subclass of a built-in class, perhaps.
            None => self.nested(" in comparison", &[a, b], |vm| vm.equal_containers(a, b)).map(Value::bool),
        }
    }

    /// What the operands' methods say; none when neither knows. The one of the more special class is asked
    /// first; then the left one, then the right one with the mirrored operator.
    fn compare_by_method(
        &mut self,
        method: Sym,
        mirrored: Sym,
        a: Value,
        b: Value,
    ) -> Result<Option<Value>, Raised> {
        let (left, right) = (self.class_of(a), self.class_of(b));
        let right_first = left != right && right.is_subclass_of(left);
        if right_first && let Some(result) = self.call_operator(b, mirrored, a)? {
            return Ok(Some(result));
        }
        if let Some(result) = self.call_operator(a, method, b)? {
            return Ok(Some(result));
        }
        if right_first { Ok(None) } else { self.call_operator(b, mirrored, a) }
    }

    /// `a op b`, for each of the comparison operators.
    pub fn compare(&mut self, op: CompareOp, a: Value, b: Value) -> NativeResult {
        match op {
            CompareOp::Eq if has_methods(a) || has_methods(b) => self.equal_by_method(a, b),
            CompareOp::Eq => self.equal(a, b).map(Value::bool),
            CompareOp::Ne => self.equal(a, b).map(|equal| Value::bool(!equal)),
            CompareOp::In => self.contains(b, a).map(Value::bool),
            CompareOp::NotIn => self.contains(b, a).map(|found| Value::bool(!found)),
            CompareOp::Is => Ok(Value::bool(self.is(a, b))),
            CompareOp::IsNot => Ok(Value::bool(!self.is(a, b))),
            CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge => self.order(op, a, b),
        }
    }

    /// The truth of `a < b`.
    pub fn lt(&mut self, a: Value, b: Value) -> Result<bool, Raised> {
        self.holds(CompareOp::Lt, a, b)
    }

    /// The truth of `a <= b`.
    pub fn le(&mut self, a: Value, b: Value) -> Result<bool, Raised> {
        self.holds(CompareOp::Le, a, b)
    }

    /// The truth of `a > b`.
    pub fn gt(&mut self, a: Value, b: Value) -> Result<bool, Raised> {
        self.holds(CompareOp::Gt, a, b)
    }

    /// The truth of `a >= b`.
    pub fn ge(&mut self, a: Value, b: Value) -> Result<bool, Raised> {
        self.holds(CompareOp::Ge, a, b)
    }

    fn holds(&mut self, op: CompareOp, a: Value, b: Value) -> Result<bool, Raised> {
        let result = self.order(op, a, b)?;
        self.truth(result)
    }

    /// `a is b`: the same object, or numbers or strings of the same type and value.
    pub fn is(&self, a: Value, b: Value) -> bool {
        if a == b {
            return true;
        }
        if let (Some(x), Some(y)) = (a.as_str(), b.as_str()) {
            return x.equals(&y);
        }
        match (a.as_object::<BoxedInt>(), b.as_object::<BoxedInt>()) {
            (Some(x), Some(y)) => x.value == y.value,
            _ => false,
        }
    }

    /// `bool(v)`.
    pub fn truth(&mut self, v: Value) -> Result<bool, Raised> {
        if let Some(b) = v.as_bool() {
            return Ok(b);
        }
        if let Some(i) = v.as_int() {
            return Ok(i != 0);
        }
        if let Some(f) = v.as_float() {
            return Ok(f != 0.0);
        }
        match v.kind() {
            None => Ok(false),
            Some(Kind::Str) => Ok(v.as_str().is_some_and(|string| string.byte_len() > 0)),
            Some(Kind::List) => Ok(v.as_object::<List>().is_some_and(|list| !list.items.is_empty())),
            Some(Kind::Tuple) => Ok(v.as_object::<Tuple>().is_some_and(|tuple| !tuple.items().is_empty())),
            Some(Kind::Bytes) => Ok(v.as_object::<Bytes>().is_some_and(|bytes| !bytes.data.is_empty())),
            Some(Kind::Dict) => Ok(v.as_object::<Dict>().is_some_and(|dict| !dict.table.is_empty())),
            Some(Kind::Set) => Ok(v.as_object::<Set>().is_some_and(|set| !set.table.is_empty())),
            Some(Kind::DictView) => {
                Ok(v.as_object::<DictView>().is_some_and(|view| !view.dict.table.is_empty()))
            }
            Some(Kind::Range) => Ok(v.as_object::<Range>().is_some_and(|range| !range.is_empty())),
            Some(Kind::Instance | Kind::Foreign) => self.truth_of_instance(v),
            Some(_) => Ok(true),
        }
    }

    fn truth_of_instance(&mut self, v: Value) -> Result<bool, Raised> {
        if let Some(result) = self.call_special(v, Sym::Bool, &[])? {
            return match result.as_bool() {
                Some(b) => Ok(b),
                None => {
                    let name = self.type_name(result);
                    Err(self.type_error(format!("bool should return bool, returned {name}")))
                }
            };
        }
        if self.find_special(v, Sym::Len).is_some() {
            return Ok(self.len(v)? > 0);
        }
        Ok(true)
    }

    /// `item in container`.
    pub fn contains(&mut self, container: Value, item: Value) -> Result<bool, Raised> {
        match container.kind() {
            Some(Kind::Str) => {
                if let Some(text) = container.as_str() {
                    return self.str_contains(text, item);
                }
            }
            Some(Kind::Dict) => {
                if let Some(dict) = container.as_object::<Dict>() {
                    return Ok(self.dict_find(&dict.table, item)?.is_some());
                }
            }
            Some(Kind::Set) => {
                if let Some(set) = container.as_object::<Set>() {
                    return self.set_contains(&set.table, item);
                }
            }
            Some(Kind::List | Kind::Tuple) => {
                if let Some(items) = items_of(container) {
                    return self.items_contain(items, item);
                }
            }
            Some(Kind::Range) => {
                if let Some(range) = container.as_object::<Range>()
                    && let Some(found) = range_contains(range, item)
                {
                    return Ok(found);
                }
            }
            Some(Kind::Bytes) => {
                if let Some(bytes) = container.as_object::<Bytes>() {
                    return self.bytes_contain(bytes, item);
                }
            }
            Some(Kind::DictView) => {
                if let Some(view) = container.as_object::<DictView>()
                    && view.part != DictPart::Values
                {
                    return self.view_contains(view, item);
                }
            }
            _ => {}
        }
        if has_methods(container)
            && let Some(result) = self.call_special(container, Sym::Contains, &[item])?
        {
            return self.truth(result);
        }
        let iterator = match self.rooted(&[item, container], |vm| vm.iter(container)) {
            Ok(iterator) => iterator,
            Err(raised) if self.is_exception(raised.0, Exc::TypeError) => {
                let name = self.type_name(container);
                return Err(self.type_error(format!("argument of type '{name}' is not iterable")));
            }
            Err(raised) => return Err(raised),
        };
        self.rooted(&[item, iterator], |vm| {
            while let Some(other) = vm.next(iterator)? {
                if vm.eq(other, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    fn str_contains(&mut self, text: Gc<Str>, item: Value) -> Result<bool, Raised> {
        match item.as_str() {
            Some(part) => Ok(text.as_str().contains(part.as_str())),
            None => {
                let name = self.type_name(item);
                Err(self.type_error(format!("'in <string>' requires string as left operand, not {name}")))
            }
        }
    }

    fn items_contain(&mut self, items: Items, item: Value) -> Result<bool, Raised> {
        let mut i = 0;
        while let Some(other) = items.get(i) {
            if self.eq(other, item)? {
                return Ok(true);
            }
            i += 1;
            if i & 0xFFF == 0 {
                self.check_interrupt()?;
            }
        }
        Ok(false)
    }

    fn bytes_contain(&mut self, bytes: Gc<Bytes>, item: Value) -> Result<bool, Raised> {
        if let Some(whole) = Whole::of(item) {
            return match whole {
                Whole::Small(i) if (0..256).contains(&i) => Ok(bytes.data.contains(&(i as u8))),
                _ => Err(self.value_error("byte must be in range(0, 256)")),
            };
        }
        match item.as_object::<Bytes>() {
            Some(part) if part.data.is_empty() => Ok(true),
            Some(part) => Ok(bytes.data.windows(part.data.len()).any(|window| window == &*part.data)),
            None => {
                let name = self.type_name(item);
                Err(self.type_error(format!("a bytes-like object is required, not '{name}'")))
            }
        }
    }

    fn view_contains(&mut self, view: Gc<DictView>, item: Value) -> Result<bool, Raised> {
        if view.part == DictPart::Keys {
            return Ok(self.dict_find(&view.dict.table, item)?.is_some());
        }
        let Some(pair) = item.as_object::<Tuple>() else { return Ok(false) };
        let [key, value] = pair.items() else { return Ok(false) };
        match self.dict_get(view.dict, *key)? {
            Some(found) => self.eq(found, *value),
            None => Ok(false),
        }
    }

    /// Runs `f` one level deeper, with the values rooted and room on the machine's stack.
    pub(crate) fn nested<T>(
        &mut self,
        doing: &str,
        values: &[Value],
        f: impl FnOnce(&mut Vm) -> Result<T, Raised>,
    ) -> Result<T, Raised> {
        if self.depth >= self.limits.recursion.min(MAX_NESTING) {
            return Err(self.error(Exc::RecursionError, format!("maximum recursion depth exceeded{doing}")));
        }
        if self.depth > 0 {
            // Nesting can share its parts, and then the work grows beyond what anybody waits for.
            self.check_interrupt()?;
        }
        self.depth += 1;
        let result = maybe_grow(RED_ZONE, SEGMENT, || self.rooted(values, f));
        self.depth -= 1;
        result
    }
}

/// Whether a number is in a range; none when it takes a search.
fn range_contains(range: Gc<Range>, item: Value) -> Option<bool> {
    match Number::of(item) {
        Some(Number::Whole(Whole::Small(i))) => Some(range.position(i).is_some()),
        Some(Number::Whole(Whole::Big(_))) => Some(false),
        Some(Number::Float(f)) => Some(
            f == f.trunc()
                && f.abs() < 9.3e18
                && (f as i64) as f64 == f
                && range.position(f as i64).is_some(),
        ),
        None if has_methods(item) => None,
        None => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_and_floats_compare_exactly() {
        let small = |i| Number::Whole(Whole::Small(i));
        for (x, y, expected) in [
            (9_007_199_254_740_993, 9_007_199_254_740_992.0, Ordering::Greater),
            (9_007_199_254_740_992, 9_007_199_254_740_992.0, Ordering::Equal),
            (i64::MAX, 9_223_372_036_854_775_808.0, Ordering::Less),
            (i64::MIN, -9_223_372_036_854_775_808.0, Ordering::Equal),
            (i64::MAX, f64::INFINITY, Ordering::Less),
            (i64::MIN, -1e300, Ordering::Greater),
            (1, 1.5, Ordering::Less),
            (-1, -1.5, Ordering::Greater),
        ] {
            assert_eq!(compare_numbers(small(x), Number::Float(y)), Some(expected), "{x} <=> {y}");
            assert_eq!(compare_numbers(Number::Float(y), small(x)), Some(expected.reverse()), "{y} <=> {x}");
        }
        assert_eq!(compare_numbers(small(0), Number::Float(f64::NAN)), None);
    }
}
