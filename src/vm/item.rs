//! Items, slices and lengths: what `o[k]`, `o[i:j:k]`, `del` of them and `len` mean for every type.
//!
//! What is hard is slice assignment: the assigned iterable may be the list itself, or run code that changes the
//! list. So the bounds are computed twice: before the iterable runs, for the errors, and after it, for the deed.

use num_traits::{Signed, ToPrimitive};

use super::{Int, NativeResult, Raised, Sym, Vm};
use crate::value::{
    Bytes, Class, Dict, DictView, Foreign, Gc, Instance, List, Range, Set, Slice, Str, Tuple, Value,
    range_len,
};

/// A slice cut to the length of what it is taken from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SliceBounds {
    pub start: i64,
    pub stop: i64,
    pub step: i64,
    /// How many items it selects.
    pub count: usize,
}

impl SliceBounds {
    /// The bounds of `[lower:upper:step]` (nil where left out) for something of length `len`.
    pub fn resolve(
        vm: &mut Vm,
        lower: Value,
        upper: Value,
        step: Value,
        len: usize,
    ) -> Result<SliceBounds, Raised> {
        let step = vm.slice_index(step)?.unwrap_or(1).max(-i64::MAX);
        if step == 0 {
            return Err(vm.value_error("slice step cannot be zero"));
        }
        let lower = vm.slice_index(lower)?;
        let upper = vm.slice_index(upper)?;
        Ok(SliceBounds::cut(lower, upper, step, i64::try_from(len).unwrap_or(i64::MAX)))
    }

    /// `step` is not 0.
    fn cut(lower: Option<i64>, upper: Option<i64>, step: i64, len: i64) -> SliceBounds {
        // Backwards, the place before item 0 is a bound as well, and the place behind the last one is not.
        let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
        let cut = |bound: i64| if bound < 0 { bound.saturating_add(len).max(low) } else { bound.min(high) };
        let (first, last) = if step > 0 { (low, high) } else { (high, low) };
        let start = lower.map_or(first, cut);
        let stop = upper.map_or(last, cut);
        SliceBounds { start, stop, step, count: range_len(start, stop, step) as usize }
    }

    /// The selected positions, in the order of the slice.
    pub fn positions(self) -> impl Iterator<Item = usize> {
        // Within the count nothing overflows, for each of these is a position.
        (0..self.count).map(move |i| (self.start + i as i64 * self.step) as usize)
    }

    /// The same positions in rising order.
    fn rising(self) -> SliceBounds {
        if self.step > 0 || self.count == 0 {
            return self;
        }
        let last = self.start + (self.count as i64 - 1) * self.step;
        SliceBounds { start: last, stop: self.start + 1, step: -self.step, count: self.count }
    }

    /// Whether it selects all of `len` items in their order.
    fn is_whole(self, len: usize) -> bool {
        self.step == 1 && self.count == len
    }
}

impl Vm {
    /// `object[key]`.
    pub fn get_item(&mut self, object: Value, key: Value) -> NativeResult {
        if let Some(list) = object.as_object::<List>() {
            if let Some(slice) = key.as_object::<Slice>() {
                return self.get_slice(object, slice.start, slice.stop, slice.step);
            }
            let i = self.position(object, key, list.items.len(), "list index out of range")?;
            return list.items.get(i).ok_or_else(|| self.index_error("list index out of range"));
        }
        if let Some(dict) = object.as_object::<Dict>() {
            return match self.dict_get(dict, key)? {
                Some(value) => Ok(value),
                None => match self.call_special(object, Sym::Missing, &[key])? {
                    Some(value) => Ok(value),
                    None => Err(self.key_error(key)),
                },
            };
        }
        if object.as_object::<Instance>().is_some() || object.as_object::<Foreign>().is_some() {
            return match self.call_special(object, Sym::Index, &[key])? {
                Some(value) => Ok(value),
                None => Err(self.not_subscriptable(object)),
            };
        }
        if let Some(slice) = key.as_object::<Slice>() {
            return self.get_slice(object, slice.start, slice.stop, slice.step);
        }
        if let Some(string) = object.as_str() {
            let i = self.position(object, key, string.chars(), "string index out of range")?;
            return Ok(self.heap.str(string.slice(i, i + 1)));
        }
        if let Some(tuple) = object.as_object::<Tuple>() {
            let i = self.position(object, key, tuple.items().len(), "tuple index out of range")?;
            return tuple.items().get(i).copied().ok_or_else(|| self.index_error("tuple index out of range"));
        }
        if let Some(bytes) = object.as_object::<Bytes>() {
            let i = self.position(object, key, bytes.data.len(), "index out of range")?;
            return bytes
                .data
                .get(i)
                .map(|byte| Value::int32(i32::from(*byte)))
                .ok_or_else(|| self.index_error("index out of range"));
        }
        if let Some(range) = object.as_object::<Range>() {
            let i = self.position(object, key, range.len() as usize, "range object index out of range")?;
            return Ok(self.heap.int(range.at(i as u64)));
        }
        Err(self.not_subscriptable(object))
    }

    /// `object[key] = value`.
    pub fn set_item(&mut self, object: Value, key: Value, value: Value) -> Result<(), Raised> {
        if let Some(list) = object.as_object::<List>() {
            if let Some(slice) = key.as_object::<Slice>() {
                return self.set_slice(object, slice.start, slice.stop, slice.step, value);
            }
            let i = self.position(object, key, list.items.len(), "list assignment index out of range")?;
            list.items.set(i, value);
            return Ok(());
        }
        if let Some(dict) = object.as_object::<Dict>() {
            return self.dict_put(dict, key, value);
        }
        if self.call_special(object, Sym::SetIndex, &[key, value])?.is_some() {
            return Ok(());
        }
        let name = self.type_name(object);
        Err(self.type_error(format!("'{name}' object does not support item assignment")))
    }

    /// `del object[key]`.
    pub fn del_item(&mut self, object: Value, key: Value) -> Result<(), Raised> {
        if let Some(list) = object.as_object::<List>() {
            if let Some(slice) = key.as_object::<Slice>() {
                return self.del_slice(object, slice.start, slice.stop, slice.step);
            }
            let i = self.position(object, key, list.items.len(), "list assignment index out of range")?;
            list.items.remove(i);
            return Ok(());
        }
        if let Some(dict) = object.as_object::<Dict>() {
            return match self.dict_remove(dict, key)? {
                Some(_) => Ok(()),
                None => Err(self.key_error(key)),
            };
        }
        if self.call_special(object, Sym::DelItem, &[key])?.is_some() {
            return Ok(());
        }
        let name = self.type_name(object);
        // CPython asks sequences by number in other words than all the rest.
        let is_sequence = object.as_str().is_some()
            || object.as_object::<Tuple>().is_some()
            || object.as_object::<Bytes>().is_some()
            || object.as_object::<Range>().is_some()
            || object.as_object::<Set>().is_some()
            || object.as_object::<Instance>().is_some();
        let not = if is_sequence && self.int_of(key).is_some() { "doesn't" } else { "does not" };
        Err(self.type_error(format!("'{name}' object {not} support item deletion")))
    }

    /// `object[lower:upper:step]`; nil stands where a part was left out.
    pub fn get_slice(&mut self, object: Value, lower: Value, upper: Value, step: Value) -> NativeResult {
        if let Some(list) = object.as_object::<List>() {
            let bounds = SliceBounds::resolve(self, lower, upper, step, list.items.len())?;
            self.reserve(bounds.count * size_of::<Value>())?;
            let items = if bounds.step == 1 {
                list.items.copy_range(bounds.start as usize, bounds.start as usize + bounds.count)
            } else {
                bounds.positions().filter_map(|i| list.items.get(i)).collect()
            };
            return Ok(List::new(&mut self.heap, items).value());
        }
        if let Some(string) = object.as_str() {
            return self.str_slice(string, lower, upper, step);
        }
        if let Some(tuple) = object.as_object::<Tuple>() {
            let bounds = SliceBounds::resolve(self, lower, upper, step, tuple.items().len())?;
            if bounds.is_whole(tuple.items().len()) {
                return Ok(object);
            }
            self.reserve(bounds.count * size_of::<Value>())?;
            let items: Vec<Value> =
                bounds.positions().filter_map(|i| tuple.items().get(i).copied()).collect();
            return Ok(Tuple::new(&mut self.heap, &items).value());
        }
        if let Some(bytes) = object.as_object::<Bytes>() {
            let bounds = SliceBounds::resolve(self, lower, upper, step, bytes.data.len())?;
            if bounds.is_whole(bytes.data.len()) {
                return Ok(object);
            }
            self.reserve(bounds.count)?;
            let data = bounds.positions().filter_map(|i| bytes.data.get(i).copied()).collect();
            return Ok(Bytes::new(&mut self.heap, data).value());
        }
        if let Some(range) = object.as_object::<Range>() {
            let bounds = SliceBounds::resolve(self, lower, upper, step, range.len() as usize)?;
            let at = |i: i64| clamp(i128::from(range.start) + i128::from(i) * i128::from(range.step));
            let step = clamp(i128::from(range.step) * i128::from(bounds.step));
            return Ok(Range::new(&mut self.heap, at(bounds.start), at(bounds.stop), step).value());
        }
        if object.as_object::<Instance>().is_none()
            && object.as_object::<Foreign>().is_none()
            && object.as_object::<Dict>().is_none()
        {
            return Err(self.not_subscriptable(object));
        }
        let slice = self.new_slice(lower, upper, step);
        self.get_item(object, slice)
    }

    fn str_slice(&mut self, string: Gc<Str>, lower: Value, upper: Value, step: Value) -> NativeResult {
        let bounds = SliceBounds::resolve(self, lower, upper, step, string.chars())?;
        if bounds.is_whole(string.chars()) {
            return Ok(string.value());
        }
        self.reserve(bounds.count)?;
        if bounds.step == 1 {
            let start = bounds.start as usize;
            return Ok(self.heap.str(string.slice(start, start + bounds.count)));
        }
        let text: String = if string.is_ascii() {
            let bytes = string.bytes();
            bounds.positions().filter_map(|i| bytes.get(i).map(|byte| char::from(*byte))).collect()
        } else {
            let chars: Vec<char> = string.as_str().chars().collect();
            bounds.positions().filter_map(|i| chars.get(i)).collect()
        };
        Ok(self.heap.str(&text))
    }

    /// `object[lower:upper:step] = value`.
    pub fn set_slice(
        &mut self,
        object: Value,
        lower: Value,
        upper: Value,
        step: Value,
        value: Value,
    ) -> Result<(), Raised> {
        let Some(list) = object.as_object::<List>() else {
            let slice = self.new_slice(lower, upper, step);
            return self.set_item(object, slice, value);
        };
        let extended = SliceBounds::resolve(self, lower, upper, step, list.items.len())?.step != 1;
        if !self.is_iterable(value) {
            return Err(self.type_error("must assign iterable to extended slice"));
        }
        let items = self.collect_list(value)?;
        let bounds = SliceBounds::resolve(self, lower, upper, step, list.items.len())?;
        if !extended {
            let capacity = list.items.capacity();
            let start = bounds.start as usize;
            list.items.splice(start, start + bounds.count, &items);
            self.heap.charge(list.items.capacity().saturating_sub(capacity) * size_of::<Value>());
            return Ok(());
        }
        if items.len() != bounds.count {
            return Err(self.value_error(format!(
                "attempt to assign sequence of size {} to extended slice of size {}",
                items.len(),
                bounds.count
            )));
        }
        for (i, item) in bounds.positions().zip(items) {
            list.items.set(i, item);
        }
        Ok(())
    }

    /// `del object[lower:upper:step]`.
    pub fn del_slice(
        &mut self,
        object: Value,
        lower: Value,
        upper: Value,
        step: Value,
    ) -> Result<(), Raised> {
        let Some(list) = object.as_object::<List>() else {
            let slice = self.new_slice(lower, upper, step);
            return self.del_item(object, slice);
        };
        let bounds = SliceBounds::resolve(self, lower, upper, step, list.items.len())?.rising();
        if bounds.step == 1 || bounds.count == 0 {
            let start = bounds.start as usize;
            list.items.splice(start, start + bounds.count, &[]);
            return Ok(());
        }
        let mut gone = bounds.positions().peekable();
        let mut items = list.items.take();
        let mut i = 0;
        items.retain(|_| {
            let removed = gone.next_if_eq(&i).is_some();
            i += 1;
            !removed
        });
        list.items.replace(items);
        Ok(())
    }

    /// `len(value)`.
    pub fn len(&mut self, value: Value) -> Result<usize, Raised> {
        if let Some(list) = value.as_object::<List>() {
            return Ok(list.items.len());
        }
        if let Some(string) = value.as_str() {
            return Ok(string.chars());
        }
        if let Some(dict) = value.as_object::<Dict>() {
            return Ok(dict.table.len());
        }
        if let Some(tuple) = value.as_object::<Tuple>() {
            return Ok(tuple.items().len());
        }
        if let Some(set) = value.as_object::<Set>() {
            return Ok(set.table.len());
        }
        if let Some(range) = value.as_object::<Range>() {
            return match i64::try_from(range.len()) {
                Ok(len) => Ok(len as usize),
                Err(_) => Err(self.overflow_error("int too large to convert to index")),
            };
        }
        if let Some(bytes) = value.as_object::<Bytes>() {
            return Ok(bytes.data.len());
        }
        if let Some(view) = value.as_object::<DictView>() {
            return Ok(view.dict.table.len());
        }
        if let Some(len) = self.call_special(value, Sym::Len, &[])? {
            let len = match self.int_of(len) {
                Some(Int::Big(big)) if !big.is_negative() => {
                    return Err(self.overflow_error("cannot fit 'int' into an index-sized integer"));
                }
                Some(Int::Big(_)) => -1,
                _ => self.expect_index(len)?,
            };
            return usize::try_from(len).map_err(|_| self.value_error("len() should return >= 0"));
        }
        let name = self.type_name(value);
        Err(self.type_error(format!("object of type '{name}' has no len()")))
    }

    /// Appends to a list, asking for memory when it grows. Whoever loops over this keeps list and item rooted.
    pub fn list_push(&mut self, list: Gc<List>, item: Value) -> Result<(), Raised> {
        let capacity = list.items.capacity();
        if list.items.len() == capacity {
            let more = capacity.max(4) * size_of::<Value>();
            self.reserve(more)?;
            self.heap.charge(more);
        }
        list.items.push(item);
        Ok(())
    }

    /// The slice object that classes with a `[]` of their own get.
    fn new_slice(&mut self, lower: Value, upper: Value, step: Value) -> Value {
        let part = |part: Value| if part.is_undef() { Value::NIL } else { part };
        Slice::new(&mut self.heap, part(lower), part(upper), part(step)).value()
    }

    /// A bound of a slice or search: none for nil; ints past 64 bits are cut, for no length reaches them.
    pub fn slice_index(&mut self, bound: Value) -> Result<Option<i64>, Raised> {
        if bound.is_nil() || bound.is_undef() {
            return Ok(None);
        }
        match self.int_of(bound) {
            Some(Int::Small(i)) => Ok(Some(i)),
            Some(Int::Big(i)) => {
                let cut = if i.is_negative() { i64::MIN } else { i64::MAX };
                Ok(Some(i.to_i64().unwrap_or(cut)))
            }
            None => Err(self.type_error("slice indices must be integers or nil")),
        }
    }

    /// The place that an index means in a sequence of length `len`.
    #[inline]
    fn position(
        &mut self,
        object: Value,
        key: Value,
        len: usize,
        out_of_range: &str,
    ) -> Result<usize, Raised> {
        match key.as_int().and_then(|i| wrap_index(i, len)) {
            Some(i) => Ok(i),
            None => self.unusual_position(object, key, len, out_of_range),
        }
    }

    /// Boxed ints, which only ranges are long enough for, and everything that is no index.
    #[cold]
    fn unusual_position(
        &mut self,
        object: Value,
        key: Value,
        len: usize,
        out_of_range: &str,
    ) -> Result<usize, Raised> {
        match self.int_of(key) {
            Some(Int::Small(i)) => return wrap_index(i, len).ok_or_else(|| self.index_error(out_of_range)),
            Some(Int::Big(i)) => {
                return match i.to_i64().and_then(|i| wrap_index(i, len)) {
                    Some(i) => Ok(i),
                    None => Err(self.index_error("cannot fit 'int' into an index-sized integer")),
                };
            }
            None => {}
        }
        let key = self.type_name(key);
        if object.as_str().is_some() {
            return Err(self.type_error(format!("string indices must be integers, not '{key}'")));
        }
        let name = match object.as_object::<Bytes>() {
            Some(_) => "byte".to_string(),
            None if object.as_object::<Tuple>().is_some() => "tuple".to_string(),
            None => self.type_name(object),
        };
        Err(self.type_error(format!("{name} indices must be integers or slices, not {key}")))
    }

    #[cold]
    fn not_subscriptable(&mut self, object: Value) -> Raised {
        if let Some(class) = object.as_object::<Class>() {
            return self.type_error(format!("type '{}' is not subscriptable", class.name.get().as_str()));
        }
        let name = self.type_name(object);
        self.type_error(format!("'{name}' object is not subscriptable"))
    }
}

/// The place of index `i`, counted from the end if it is negative, if there is one in `len` items.
#[inline]
fn wrap_index(i: i64, len: usize) -> Option<usize> {
    // One comparison for both ends: a negative number that stays negative is a huge unsigned one.
    let i = if i < 0 { (i as usize).wrapping_add(len) } else { i as usize };
    if i < len { Some(i) } else { None }
}

fn clamp(n: i128) -> i64 {
    n.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lower, upper, step and length, and what they give.
    type Case = (Option<i64>, Option<i64>, i64, i64, (i64, i64, usize));

    /// `slice(lower, upper, step).indices(len)` and how many positions that makes, as CPython gives them.
    #[rustfmt::skip]
    const TABLE: &[Case] = &[
        (None, None, 1, 0, (0, 0, 0)),
        (Some(0), Some(3), 1, 0, (0, 0, 0)),
        (Some(-3), Some(-1), 1, 0, (0, 0, 0)),
        (Some(9), Some(-9), 1, 0, (0, 0, 0)),
        (None, None, 2, 0, (0, 0, 0)),
        (Some(0), Some(3), 2, 0, (0, 0, 0)),
        (Some(-3), Some(-1), 2, 0, (0, 0, 0)),
        (Some(9), Some(-9), 2, 0, (0, 0, 0)),
        (None, None, -1, 0, (-1, -1, 0)),
        (Some(0), Some(3), -1, 0, (-1, -1, 0)),
        (Some(-3), Some(-1), -1, 0, (-1, -1, 0)),
        (Some(9), Some(-9), -1, 0, (-1, -1, 0)),
        (None, None, -2, 0, (-1, -1, 0)),
        (Some(0), Some(3), -2, 0, (-1, -1, 0)),
        (Some(-3), Some(-1), -2, 0, (-1, -1, 0)),
        (Some(9), Some(-9), -2, 0, (-1, -1, 0)),
        (None, None, i64::MAX, 0, (0, 0, 0)),
        (None, None, -i64::MAX, 0, (-1, -1, 0)),
        (None, None, 1, 1, (0, 1, 1)),
        (Some(0), Some(3), 1, 1, (0, 1, 1)),
        (Some(-3), Some(-1), 1, 1, (0, 0, 0)),
        (Some(9), Some(-9), 1, 1, (1, 0, 0)),
        (None, None, 2, 1, (0, 1, 1)),
        (Some(0), Some(3), 2, 1, (0, 1, 1)),
        (Some(-3), Some(-1), 2, 1, (0, 0, 0)),
        (Some(9), Some(-9), 2, 1, (1, 0, 0)),
        (None, None, -1, 1, (0, -1, 1)),
        (Some(0), Some(3), -1, 1, (0, 0, 0)),
        (Some(-3), Some(-1), -1, 1, (-1, 0, 0)),
        (Some(9), Some(-9), -1, 1, (0, -1, 1)),
        (None, None, -2, 1, (0, -1, 1)),
        (Some(0), Some(3), -2, 1, (0, 0, 0)),
        (Some(-3), Some(-1), -2, 1, (-1, 0, 0)),
        (Some(9), Some(-9), -2, 1, (0, -1, 1)),
        (None, None, i64::MAX, 1, (0, 1, 1)),
        (None, None, -i64::MAX, 1, (0, -1, 1)),
        (None, None, 1, 5, (0, 5, 5)),
        (Some(0), Some(3), 1, 5, (0, 3, 3)),
        (Some(-3), Some(-1), 1, 5, (2, 4, 2)),
        (Some(3), Some(1), 1, 5, (3, 1, 0)),
        (Some(-9), Some(9), 1, 5, (0, 5, 5)),
        (Some(9), Some(-9), 1, 5, (5, 0, 0)),
        (Some(2), None, 1, 5, (2, 5, 3)),
        (None, Some(-2), 1, 5, (0, 3, 3)),
        (Some(i64::MAX), Some(i64::MIN), 1, 5, (5, 0, 0)),
        (Some(i64::MIN), Some(i64::MAX), 1, 5, (0, 5, 5)),
        (None, None, 2, 5, (0, 5, 3)),
        (Some(0), Some(3), 2, 5, (0, 3, 2)),
        (Some(-3), Some(-1), 2, 5, (2, 4, 1)),
        (Some(3), Some(1), 2, 5, (3, 1, 0)),
        (Some(-9), Some(9), 2, 5, (0, 5, 3)),
        (Some(9), Some(-9), 2, 5, (5, 0, 0)),
        (Some(2), None, 2, 5, (2, 5, 2)),
        (None, Some(-2), 2, 5, (0, 3, 2)),
        (Some(i64::MAX), Some(i64::MIN), 2, 5, (5, 0, 0)),
        (Some(i64::MIN), Some(i64::MAX), 2, 5, (0, 5, 3)),
        (None, None, -1, 5, (4, -1, 5)),
        (Some(0), Some(3), -1, 5, (0, 3, 0)),
        (Some(-3), Some(-1), -1, 5, (2, 4, 0)),
        (Some(3), Some(1), -1, 5, (3, 1, 2)),
        (Some(-9), Some(9), -1, 5, (-1, 4, 0)),
        (Some(9), Some(-9), -1, 5, (4, -1, 5)),
        (Some(2), None, -1, 5, (2, -1, 3)),
        (None, Some(-2), -1, 5, (4, 3, 1)),
        (Some(i64::MAX), Some(i64::MIN), -1, 5, (4, -1, 5)),
        (Some(i64::MIN), Some(i64::MAX), -1, 5, (-1, 4, 0)),
        (None, None, -2, 5, (4, -1, 3)),
        (Some(0), Some(3), -2, 5, (0, 3, 0)),
        (Some(-3), Some(-1), -2, 5, (2, 4, 0)),
        (Some(3), Some(1), -2, 5, (3, 1, 1)),
        (Some(-9), Some(9), -2, 5, (-1, 4, 0)),
        (Some(9), Some(-9), -2, 5, (4, -1, 3)),
        (Some(2), None, -2, 5, (2, -1, 2)),
        (None, Some(-2), -2, 5, (4, 3, 1)),
        (Some(i64::MAX), Some(i64::MIN), -2, 5, (4, -1, 3)),
        (Some(i64::MIN), Some(i64::MAX), -2, 5, (-1, 4, 0)),
        (None, None, i64::MAX, 5, (0, 5, 1)),
        (Some(3), Some(1), i64::MAX, 5, (3, 1, 0)),
        (Some(-9), Some(9), i64::MAX, 5, (0, 5, 1)),
        (None, None, -i64::MAX, 5, (4, -1, 1)),
        (Some(3), Some(1), -i64::MAX, 5, (3, 1, 1)),
        (Some(-9), Some(9), -i64::MAX, 5, (-1, 4, 0)),
    ];

    #[test]
    fn bounds_are_those_of_python() {
        for (lower, upper, step, len, (start, stop, count)) in TABLE {
            let bounds = SliceBounds::cut(*lower, *upper, *step, *len);
            let expected = SliceBounds { start: *start, stop: *stop, step: *step, count: *count };
            assert_eq!(bounds, expected, "[{lower:?}:{upper:?}:{step}] of {len}");
            assert!(bounds.positions().all(|i| i < *len as usize));
        }
    }

    #[test]
    fn rising_positions_are_the_same_ones() {
        for (lower, upper, step, len, _) in TABLE {
            let bounds = SliceBounds::cut(*lower, *upper, *step, *len);
            let mut positions: Vec<usize> = bounds.positions().collect();
            positions.sort_unstable();
            assert_eq!(positions, bounds.rising().positions().collect::<Vec<_>>());
        }
    }
}
