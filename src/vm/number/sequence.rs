//! `+` and `*` of strings, bytes, lists and tuples.

use super::super::{NativeResult, Raised, Vm};
use super::Whole;
use crate::value::{Bytes, Gc, Kind, List, MAX_LEN, Str, Tuple, Value};

const WORD: usize = size_of::<Value>();

fn is_sequence(v: Value) -> bool {
    matches!(v.kind(), Some(Kind::Str | Kind::List | Kind::Tuple | Kind::Bytes))
}

impl Vm {
    /// `a + b` for a sequence on the left; none when it is not one.
    pub(super) fn concatenate(&mut self, a: Value, b: Value) -> Result<Option<Value>, Raised> {
        if let Some(left) = a.as_str() {
            let Some(right) = b.as_str() else { return Err(self.cannot_concatenate("str", b)) };
            return self.concat_str(left, right).map(Some);
        }
        if let Some(left) = a.as_object::<List>() {
            let Some(right) = b.as_object::<List>() else { return Err(self.cannot_concatenate("list", b)) };
            self.reserve_keeping(&[a, b], (left.items.len() + right.items.len()) * WORD)?;
            let mut items = Vec::with_capacity(left.items.len() + right.items.len());
            items.extend(left.items.to_vec());
            items.extend(right.items.to_vec());
            return Ok(Some(List::new(&mut self.heap, items).value()));
        }
        if let Some(left) = a.as_object::<Tuple>() {
            let Some(right) = b.as_object::<Tuple>() else { return Err(self.cannot_concatenate("tuple", b)) };
            if right.items().is_empty() {
                return Ok(Some(a));
            }
            self.reserve_keeping(&[a, b], (left.items().len() + right.items().len()) * WORD * 2)?;
            let items = [left.items(), right.items()].concat();
            return Ok(Some(Tuple::new(&mut self.heap, &items).value()));
        }
        if let Some(left) = a.as_object::<Bytes>() {
            let Some(right) = b.as_object::<Bytes>() else {
                let name = self.type_name(b);
                return Err(self.type_error(format!("can't concat {name} to bytes")));
            };
            self.reserve_keeping(&[a, b], left.data.len() + right.data.len())?;
            let data = [&left.data[..], &right.data[..]].concat();
            return Ok(Some(Bytes::new(&mut self.heap, data).value()));
        }
        Ok(None)
    }

    /// `left + right`.
    pub fn concat_str(&mut self, left: Gc<Str>, right: Gc<Str>) -> NativeResult {
        // A long result is made later, when somebody looks at it, but there must be room for it then.
        self.reserve_keeping(&[left.value(), right.value()], left.byte_len() + right.byte_len())?;
        match Str::concat(&mut self.heap, left, right) {
            Some(string) => Ok(string.value()),
            None => Err(self.memory_error()),
        }
    }

    #[cold]
    fn cannot_concatenate(&mut self, sequence: &str, other: Value) -> Raised {
        let name = self.type_name(other);
        self.type_error(format!("can only concatenate {sequence} (not \"{name}\") to {sequence}"))
    }

    /// `a * b` with a sequence on either side; none when neither is one.
    pub(super) fn repeat(&mut self, a: Value, b: Value) -> Result<Option<Value>, Raised> {
        let (sequence, count) = if is_sequence(a) {
            (a, b)
        } else if is_sequence(b) {
            (b, a)
        } else {
            return Ok(None);
        };
        let count = self.repetitions(count)?;
        if let Some(string) = sequence.as_str() {
            return self.repeat_str(string, count).map(Some);
        }
        if let Some(list) = sequence.as_object::<List>() {
            let items = self.repeat_items(sequence, &list.items.to_vec(), count)?;
            return Ok(Some(List::new(&mut self.heap, items).value()));
        }
        if let Some(tuple) = sequence.as_object::<Tuple>() {
            if count == 1 {
                return Ok(Some(sequence));
            }
            let items = self.repeat_items(sequence, tuple.items(), count)?;
            return Ok(Some(Tuple::new(&mut self.heap, &items).value()));
        }
        if let Some(bytes) = sequence.as_object::<Bytes>() {
            let total = bytes.data.len().saturating_mul(count);
            self.reserve_keeping(&[sequence], total)?;
            return Ok(Some(Bytes::new(&mut self.heap, bytes.data.repeat(count)).value()));
        }
        Ok(None)
    }

    fn repeat_str(&mut self, string: Gc<Str>, count: usize) -> NativeResult {
        if count == 1 || string.byte_len() == 0 {
            return Ok(string.value());
        }
        let total = string.byte_len().saturating_mul(count);
        if total > MAX_LEN {
            return Err(self.memory_error());
        }
        self.reserve_keeping(&[string.value()], total.saturating_mul(2))?;
        Ok(self.heap.str(&string.as_str().repeat(count)))
    }

    fn repeat_items(&mut self, keep: Value, items: &[Value], count: usize) -> Result<Vec<Value>, Raised> {
        let bytes = items.len().saturating_mul(count).saturating_mul(WORD);
        self.reserve_keeping(&[keep], bytes)?;
        Ok(if items.is_empty() { Vec::new() } else { items.repeat(count) })
    }

    /// How often to repeat a sequence: never less than 0 times.
    pub(crate) fn repetitions(&mut self, count: Value) -> Result<usize, Raised> {
        match Whole::of(count) {
            Some(Whole::Small(i)) => Ok(usize::try_from(i).unwrap_or(0)),
            Some(Whole::Big(_)) => Err(self.overflow_error("cannot fit 'int' into an index-sized integer")),
            None => {
                let name = self.type_name(count);
                Err(self.type_error(format!("can't multiply sequence by non-int of type '{name}'")))
            }
        }
    }

    /// `list += iterable`; both are rooted.
    pub(super) fn extend_in_place(&mut self, list: Gc<List>, iterable: Value) -> NativeResult {
        self.list_extend(list, iterable)?;
        Ok(list.value())
    }

    /// `list *= count`; both are rooted.
    pub(super) fn repeat_in_place(&mut self, list: Gc<List>, count: Value) -> NativeResult {
        let count = self.repetitions(count)?;
        let items = self.repeat_items(list.value(), &list.items.to_vec(), count)?;
        self.heap.charge(items.len() * WORD);
        list.items.replace(items);
        Ok(list.value())
    }
}
