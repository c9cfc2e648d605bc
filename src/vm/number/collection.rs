//! `| & - ^` of sets, of dicts (`|` alone), and of the views of dicts.
//!
//! What is hard: looking a key up may run its `==`, which may change either operand. So both are walked by
//! position, asking for the end at each step, and the result is rooted from its first item on.

use toy_grammar::ast::BinaryOp;

use super::super::compare::ITEM_BYTES;
use super::super::{NativeResult, Raised, Vm};
use crate::value::{Dict, DictPart, DictView, Gc, Set, Table, Value};

/// For so many items what a search needs is brought into the cache at once.
const AHEAD: usize = 32;

fn is_set_like(v: Value) -> bool {
    v.as_object::<DictView>().is_some_and(|view| view.part != DictPart::Values)
}

impl Vm {
    /// The result for sets, dicts and views; none when the operands are no such pair.
    pub(super) fn collection_binary(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
    ) -> Result<Option<Value>, Raised> {
        if let (Some(left), Some(right)) = (a.as_object::<Set>(), b.as_object::<Set>()) {
            return self.rooted(&[a, b], |vm| vm.set_operate(op, left, right)).map(|set| Some(set.value()));
        }
        if let (Some(left), Some(_), BinaryOp::BitOr) = (a.as_object::<Dict>(), b.as_object::<Dict>(), op) {
            let table = left.table.copy();
            let result = Dict::from_table(&mut self.heap, table).value();
            return self.rooted(&[a, b, result], |vm| vm.dict_union_in_place(result, b)).map(Some);
        }
        if is_set_like(a) || is_set_like(b) {
            return self.rooted(&[a, b], |vm| vm.view_operate(op, a, b)).map(Some);
        }
        Ok(None)
    }

    /// A view's operators take any iterable on the other side and give a set.
    fn view_operate(&mut self, op: BinaryOp, a: Value, b: Value) -> NativeResult {
        let left = self.set_of(a)?;
        self.rooted(&[left.value()], |vm| {
            let right = vm.set_of(b)?;
            vm.rooted(&[right.value()], |vm| vm.set_operate(op, left, right)).map(|set| set.value())
        })
    }

    fn set_of(&mut self, iterable: Value) -> Result<Gc<Set>, Raised> {
        if let Some(set) = iterable.as_object::<Set>() {
            return Ok(set);
        }
        let set = Set::from_table(&mut self.heap, Table::new(), false);
        self.rooted(&[set.value()], |vm| {
            vm.for_each(iterable, |vm, item| vm.set_add(&set.table, item).map(|_| true))
        })?;
        Ok(set)
    }

    /// A new set out of two; both are rooted. It is frozen when the left one is.
    pub(crate) fn set_operate(
        &mut self,
        op: BinaryOp,
        left: Gc<Set>,
        right: Gc<Set>,
    ) -> Result<Gc<Set>, Raised> {
        let start = match op {
            BinaryOp::BitOr => left.table.copy(),
            _ => Table::new(),
        };
        let result = Set::from_table(&mut self.heap, start, left.frozen);
        self.rooted(&[result.value()], |vm| match op {
            BinaryOp::BitOr => vm.add_where(result, right, None),
            // Like Python, the smaller one is walked, and it is its items that the result has.
            BinaryOp::BitAnd if right.table.len() < left.table.len() => {
                vm.add_where(result, right, Some((left, true)))
            }
            BinaryOp::BitAnd => vm.add_where(result, left, Some((right, true))),
            BinaryOp::Sub => vm.add_where(result, left, Some((right, false))),
            _ => {
                vm.add_where(result, left, Some((right, false)))?;
                vm.add_where(result, right, Some((left, false)))
            }
        })?;
        Ok(result)
    }

    /// Adds to `result` the items of `from`: all, or those that are in the other set, or are not.
    fn add_where(
        &mut self,
        result: Gc<Set>,
        from: Gc<Set>,
        filter: Option<(Gc<Set>, bool)>,
    ) -> Result<(), Raised> {
        // What passes the filter is new to the result, as long as no `==` has changed anything.
        let versions = || filter.map(|(other, _)| (from.table.version(), other.table.version()));
        let unchanged = versions();
        let mut i = 0;
        while i < from.table.end() {
            if let Some((other, _)) = filter
                && i.is_multiple_of(AHEAD)
            {
                let hashes: [u64; AHEAD] =
                    std::array::from_fn(|ahead| from.table.entry_hash(i + ahead).unwrap_or(0));
                other.table.look_ahead(&hashes);
            }
            if let (Some((item, _)), Some(hash)) = (from.table.entry(i), from.table.entry_hash(i)) {
                let wanted = match filter {
                    None => true,
                    Some((other, inside)) => self.table_find(&other.table, item, hash)?.is_some() == inside,
                };
                if wanted && unchanged.is_some() && versions() == unchanged {
                    self.heap.charge(ITEM_BYTES);
                    result.table.push(hash, item, Value::NIL);
                } else if wanted {
                    self.rooted(&[item], |vm| vm.table_put(&result.table, item, hash, None))?;
                }
            }
            i += 1;
            if i & 0xFFF == 0 {
                self.check_interrupt()?;
            }
        }
        Ok(())
    }

    /// `left op= right`; both are rooted.
    pub(super) fn set_operate_in_place(
        &mut self,
        op: BinaryOp,
        left: Gc<Set>,
        right: Gc<Set>,
    ) -> NativeResult {
        match op {
            BinaryOp::BitOr => self.add_where(left, right, None)?,
            _ => {
                let result = self.set_operate(op, left, right)?;
                self.rooted(&[result.value()], |vm| {
                    left.table.clear();
                    vm.add_where(left, result, None)
                })?;
            }
        }
        Ok(left.value())
    }

    /// `dict |= other`, a dict or an iterable of pairs; both are rooted.
    pub(super) fn dict_union_in_place(&mut self, dict: Value, other: Value) -> NativeResult {
        let Some(target) = dict.as_object::<Dict>() else { return Ok(self.not_implemented) };
        self.dict_update(target, other)?;
        Ok(dict)
    }

    /// Puts all items of a dict or of an iterable of pairs into a dict; both are rooted.
    pub(crate) fn dict_update(&mut self, target: Gc<Dict>, other: Value) -> Result<(), Raised> {
        if let Some(source) = other.as_object::<Dict>() {
            let mut i = 0;
            while i < source.table.end() {
                if let (Some((key, value)), Some(hash)) = (source.table.entry(i), source.table.entry_hash(i))
                {
                    self.rooted(&[key, value], |vm| vm.table_put(&target.table, key, hash, Some(value)))?;
                }
                i += 1;
                if i & 0xFFF == 0 {
                    self.check_interrupt()?;
                }
            }
            return Ok(());
        }
        let mut position = 0usize;
        self.for_each(other, |vm, item| {
            let (key, value) = vm.rooted(&[item], |vm| vm.dict_pair(item, position))?;
            position += 1;
            vm.rooted(&[key, value], |vm| vm.dict_put(target, key, value))?;
            Ok(true)
        })
    }

    /// The two items of element number `position` of what a dict is updated from.
    fn dict_pair(&mut self, item: Value, position: usize) -> Result<(Value, Value), Raised> {
        if !self.is_iterable(item) {
            return Err(self.type_error(format!(
                "cannot convert dictionary update sequence element #{position} to a sequence"
            )));
        }
        let items = self.collect_list(item)?;
        match items[..] {
            [key, value] => Ok((key, value)),
            _ => {
                let length = items.len();
                Err(self.value_error(format!(
                    "dictionary update sequence element #{position} has length {length}; 2 is required"
                )))
            }
        }
    }
}
