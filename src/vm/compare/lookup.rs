//! Finding, putting and removing the items of dicts and sets by any key.
//!
//! What is hard: comparing a key may run its `==`, which may change the very table that is being searched. When
//! that has happened the search begins again; each new beginning is the doing of Toy code, so that signals and
//! step limits reach a program that goes on like this forever.

use super::super::{Raised, Vm};
use super::hash::hash_set;
use super::simple_eq;
use crate::value::{Dict, Gc, Kind, Set, Table, Value};

/// What one more item costs, with its share of the index.
pub(crate) const ITEM_BYTES: usize = 32;

/// Whether comparing or hashing the key may run Toy code.
fn may_call(key: Value) -> bool {
    !matches!(key.kind(), None | Some(Kind::Str | Kind::Int))
}

impl Vm {
    /// The position of a key whose hash is known. The owner of the table is rooted.
    pub(crate) fn table_find(
        &mut self,
        table: &Table,
        key: Value,
        hash: u64,
    ) -> Result<Option<usize>, Raised> {
        if let Some(string) = key.as_str()
            && let Some(at) = table.find_str(&string)
        {
            return Ok(Some(at));
        }
        'search: loop {
            let version = table.version();
            let mut probe = table.probe(hash);
            while let Some((at, candidate)) = table.candidate(&mut probe) {
                let equal = match simple_eq(candidate, key) {
                    _ if candidate == key => true,
                    Some(known) => known,
                    None => {
                        let equal = self.rooted(&[candidate, key], |vm| vm.equal(candidate, key))?;
                        if table.version() != version {
                            self.check_interrupt()?;
                            continue 'search;
                        }
                        equal
                    }
                };
                if equal {
                    return Ok(Some(at));
                }
            }
            return Ok(None);
        }
    }

    /// Puts a key whose hash is known; whether it is new. Without a value the one of an equal key stays.
    pub(crate) fn table_put(
        &mut self,
        table: &Table,
        key: Value,
        hash: u64,
        value: Option<Value>,
    ) -> Result<bool, Raised> {
        match (self.table_find(table, key, hash)?, value) {
            (Some(at), Some(value)) => {
                table.set_value(at, value);
                Ok(false)
            }
            (Some(_), None) => Ok(false),
            (None, value) => {
                self.heap.charge(ITEM_BYTES);
                table.push(hash, key, value.unwrap_or(Value::NIL));
                Ok(true)
            }
        }
    }

    /// The position of a key. The owner of the table is rooted.
    pub fn dict_find(&mut self, table: &Table, key: Value) -> Result<Option<usize>, Raised> {
        let hash = self.hash(key)?;
        self.table_find(table, key, hash)
    }

    /// The value of a key.
    pub fn dict_get(&mut self, dict: Gc<Dict>, key: Value) -> Result<Option<Value>, Raised> {
        let at = self.dict_find(&dict.table, key)?;
        Ok(at.and_then(|at| dict.table.entry(at)).map(|(_, value)| value))
    }

    /// `dict[key] = value`.
    pub fn dict_put(&mut self, dict: Gc<Dict>, key: Value, value: Value) -> Result<(), Raised> {
        if may_call(key) {
            return self.rooted(&[dict.value(), key, value], |vm| {
                let hash = vm.hash(key)?;
                vm.table_put(&dict.table, key, hash, Some(value)).map(|_| ())
            });
        }
        let hash = self.hash(key)?;
        self.table_put(&dict.table, key, hash, Some(value))?;
        Ok(())
    }

    /// Takes a key out; the value it had.
    pub fn dict_remove(&mut self, dict: Gc<Dict>, key: Value) -> Result<Option<Value>, Raised> {
        let at = self.dict_find(&dict.table, key)?;
        Ok(at.and_then(|at| dict.table.remove(at)).map(|(_, value)| value))
    }

    /// Adds an item to a set's table; whether it is new. The owner of the table is rooted.
    pub fn set_add(&mut self, table: &Table, item: Value) -> Result<bool, Raised> {
        if may_call(item) {
            return self.rooted(&[item], |vm| {
                let hash = vm.hash(item)?;
                vm.table_put(table, item, hash, None)
            });
        }
        let hash = self.hash(item)?;
        self.table_put(table, item, hash, None)
    }

    /// Whether an item is in a set's table. The owner of the table is rooted.
    pub fn set_contains(&mut self, table: &Table, item: Value) -> Result<bool, Raised> {
        let hash = self.hash_to_search(item)?;
        Ok(self.table_find(table, item, hash)?.is_some())
    }

    /// Takes an item out of a set's table; whether it was there. The owner of the table is rooted.
    pub fn set_remove(&mut self, table: &Table, item: Value) -> Result<bool, Raised> {
        let hash = self.hash_to_search(item)?;
        let at = self.table_find(table, item, hash)?;
        Ok(at.and_then(|at| table.remove(at)).is_some())
    }

    /// A set has no hash, but may be looked for among frozen ones.
    fn hash_to_search(&mut self, item: Value) -> Result<u64, Raised> {
        match item.as_object::<Set>() {
            Some(set) => Ok(hash_set(set)),
            None => self.hash(item),
        }
    }
}
