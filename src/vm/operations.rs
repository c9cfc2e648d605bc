//! The slow halves of instructions that are neither arithmetic, comparison, attribute nor call.

use toy_grammar::ast::{BinaryOp, CompareOp};

use super::call::function_name;
use super::{NativeResult, Raised, Sym, Vm};
use crate::value::{
    BoundMethod, Class, Closure, Dict, Gc, List, MAX_LEN, Native, Range, Set, Str, Value, range_len,
};

impl Vm {
    /// What the loop's fast paths leave of a binary operator.
    #[cold]
    #[inline(never)]
    pub(crate) fn binary_slow(&mut self, op: BinaryOp, a: Value, b: Value) -> NativeResult {
        self.safepoint()?;
        self.binary(op, a, b)
    }

    /// The same for the statements `a op= b`.
    #[cold]
    #[inline(never)]
    pub(crate) fn binary_in_place_slow(&mut self, op: BinaryOp, a: Value, b: Value) -> NativeResult {
        self.safepoint()?;
        self.binary_in_place(op, a, b)
    }

    /// The same for comparisons.
    #[cold]
    #[inline(never)]
    pub(crate) fn compare_slow(&mut self, op: CompareOp, a: Value, b: Value) -> NativeResult {
        self.safepoint()?;
        self.compare(op, a, b)
    }

    /// Indexing that the loop's fast paths leave.
    #[inline(never)]
    pub(crate) fn get_item_slow(&mut self, object: Value, key: Value) -> NativeResult {
        self.safepoint()?;
        self.get_item(object, key)
    }

    /// Assignment to an item that the loop's fast paths leave.
    #[inline(never)]
    pub(crate) fn set_item_slow(&mut self, object: Value, key: Value, value: Value) -> Result<(), Raised> {
        self.safepoint()?;
        self.set_item(object, key, value)
    }

    /// The next item of an iterator that the loop has no fast path for.
    #[inline(never)]
    pub(crate) fn next_slow(&mut self, iterator: Value) -> Result<Option<Value>, Raised> {
        self.safepoint()?;
        self.next(iterator)
    }

    /// A comparison for its truth.
    #[cold]
    #[inline(never)]
    pub(crate) fn compare_truth(&mut self, op: CompareOp, a: Value, b: Value) -> Result<bool, Raised> {
        match op {
            CompareOp::Eq => self.eq(a, b),
            CompareOp::Ne => self.eq(a, b).map(|equal| !equal),
            _ => {
                let value = self.compare(op, a, b)?;
                match value.as_bool() {
                    Some(truth) => Ok(truth),
                    None => self.truth(value),
                }
            }
        }
    }

    /// `[…, *iterable]`.
    pub(crate) fn spread_into_list(&mut self, list: Value, iterable: Value) -> Result<(), Raised> {
        let Some(list) = list.as_object::<List>() else { return Ok(()) };
        if let Some(other) = iterable.as_object::<List>() {
            let items = other.items.to_vec();
            self.reserve(items.len() * size_of::<Value>())?;
            list.items.extend(&items);
            self.heap.charge(items.len() * size_of::<Value>());
            return Ok(());
        }
        if !self.is_iterable(iterable) {
            let message = format!("Value after * must be an iterable, not {}", self.type_name(iterable));
            return Err(self.type_error(message));
        }
        self.for_each(iterable, |vm, item| {
            list.items.push(item);
            vm.heap.charge(size_of::<Value>());
            Ok(true)
        })
    }

    /// `{…, **mapping}`.
    pub(crate) fn spread_into_dict(&mut self, dict: Value, mapping: Value) -> Result<(), Raised> {
        let Some(dict) = dict.as_object::<Dict>() else { return Ok(()) };
        self.for_each_pair(mapping, "", |vm, key, value| vm.dict_put(dict, key, value))
    }

    /// `{…, *iterable}`.
    pub(crate) fn spread_into_set(&mut self, set: Value, iterable: Value) -> Result<(), Raised> {
        let Some(set) = set.as_object::<Set>() else { return Ok(()) };
        self.for_each(iterable, |vm, item| {
            vm.set_add(&set.table, item)?;
            Ok(true)
        })
    }

    /// Calls `f` with the items of a dict, or of anything with `keys` and `[]`. `callee` begins the message for
    /// what is no mapping.
    fn for_each_pair(
        &mut self,
        mapping: Value,
        callee: &str,
        mut f: impl FnMut(&mut Vm, Value, Value) -> Result<(), Raised>,
    ) -> Result<(), Raised> {
        if let Some(dict) = mapping.as_object::<Dict>() {
            for (key, value) in dict.table.items() {
                f(self, key, value)?;
            }
            return Ok(());
        }
        let keys = self.sym(Sym::Keys);
        let Some(keys) = self.find_attr(mapping, keys)? else {
            let name = self.type_name(mapping);
            let message = if callee.is_empty() {
                format!("'{name}' object is not a mapping")
            } else {
                format!("{callee} argument after ** must be a mapping, not {name}")
            };
            return Err(self.type_error(message));
        };
        let mark = self.roots.len();
        self.roots.push(mapping);
        let keys = self.call(keys, &[]);
        let outcome = keys.and_then(|keys| {
            self.for_each(keys, |vm, key| {
                let inner = vm.roots.len();
                vm.roots.push(key);
                let value = vm.get_item(mapping, key);
                let outcome = value.and_then(|value| f(vm, key, value));
                vm.roots.truncate(inner);
                outcome.map(|()| true)
            })
        });
        self.roots.truncate(mark);
        outcome
    }

    /// The keyword `name = value` of a call with spreads.
    pub(crate) fn keyword_put(
        &mut self,
        callee: Value,
        keywords: Value,
        name: Value,
        value: Value,
    ) -> Result<(), Raised> {
        let Some(dict) = keywords.as_object::<Dict>() else { return Ok(()) };
        let Some(text) = name.as_str() else {
            return Err(self.type_error("keywords must be strings"));
        };
        if dict.table.find_str(&text).is_some() {
            let message = format!(
                "{}() got multiple values for keyword argument '{}'",
                self.callee_name(callee),
                text.as_str()
            );
            return Err(self.type_error(message));
        }
        dict.table.put_str(text, value);
        Ok(())
    }

    /// `**mapping` of a call.
    pub(crate) fn keyword_spread(
        &mut self,
        callee: Value,
        keywords: Value,
        mapping: Value,
    ) -> Result<(), Raised> {
        let name = format!("{}()", self.callee_name(callee));
        self.for_each_pair(mapping, &name, |vm, key, value| vm.keyword_put(callee, keywords, key, value))
    }

    /// What messages call a callee.
    pub(crate) fn callee_name(&self, callee: Value) -> String {
        if let Some(closure) = callee.as_object::<Closure>() {
            function_name(closure.proto)
        } else if let Some(native) = callee.as_object::<Native>() {
            native.def.name().to_string()
        } else if let Some(bound) = callee.as_object::<BoundMethod>() {
            self.callee_name(bound.function)
        } else if let Some(class) = callee.as_object::<Class>() {
            class.name.get().as_str().to_string()
        } else {
            format!("{} object", self.type_name(callee))
        }
    }

    /// `a..b` and `a..=b`.
    pub(crate) fn range_literal(&mut self, start: Value, end: Value, inclusive: bool) -> NativeResult {
        let start = self.expect_index(start)?;
        let end = self.expect_index(end)?;
        let end = if inclusive { end.saturating_add(1) } else { end };
        Ok(Range::new(&mut self.heap, start, end, 1).value())
    }

    /// The parts of a `for … in range(…)` whose numbers are not all inline ints: start, length and step, or
    /// none if it is empty.
    #[cold]
    pub(crate) fn prepare_range(
        &mut self,
        parts: [Value; 3],
        inclusive: bool,
    ) -> Result<Option<(i64, u64, i64)>, Raised> {
        let start = self.expect_index(parts[0])?;
        let stop = self.expect_index(parts[1])?.saturating_add(inclusive as i64);
        let step = self.expect_index(parts[2])?;
        if step == 0 {
            return Err(self.value_error("range() arg 3 must not be zero"));
        }
        Ok(Some((start, range_len(start, stop, step), step)))
    }

    /// A field of an f-string: converted (0 none, 1 str, 2 repr, 3 ascii), then formatted.
    pub(crate) fn format_field(&mut self, value: Value, conversion: usize, spec: Value) -> NativeResult {
        let mark = self.roots.len();
        self.roots.extend([value, spec]);
        let outcome = self.format_rooted(value, conversion, spec);
        self.roots.truncate(mark);
        outcome
    }

    fn format_rooted(&mut self, value: Value, conversion: usize, spec: Value) -> NativeResult {
        let converted = match conversion {
            1 => self.str_value(value)?,
            2 => {
                let text = self.repr(value)?;
                self.heap.str(&text)
            }
            3 => {
                let text = self.ascii(value)?;
                self.heap.str(&text)
            }
            _ => value,
        };
        match spec.as_str() {
            Some(spec) if spec.byte_len() > 0 => {
                self.roots.push(converted);
                let text = self.format(converted, spec.as_str())?;
                Ok(self.heap.str(&text))
            }
            _ => self.str_value(converted),
        }
    }

    /// The parts of an f-string in one.
    pub(crate) fn concat_strings(&mut self, parts: &[Value]) -> NativeResult {
        let strings: Vec<Gc<Str>> = parts.iter().filter_map(|part| part.as_str()).collect();
        let len: usize = strings.iter().map(|string| string.byte_len()).sum();
        if len > MAX_LEN {
            return Err(self.memory_error());
        }
        if len > 1 << 16 {
            self.reserve(len)?;
        }
        let mut text = String::with_capacity(len);
        for string in strings {
            text.push_str(string.as_str());
        }
        Ok(self.heap.str(&text))
    }
}
