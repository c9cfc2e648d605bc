//! `<`, `<=`, `>` and `>=`.

use std::cmp::Ordering;

use toy_grammar::ast::CompareOp;

use super::super::number::{Number, has_methods};
use super::super::{NativeResult, Raised, Sym, Vm};
use super::{Items, are_set_like, compare_numbers, items_of};
use crate::value::{Bytes, List, Tuple, Value};

/// Whether an ordering is what the operator asks for.
fn satisfies(op: CompareOp, ordering: Ordering) -> bool {
    match op {
        CompareOp::Lt => ordering.is_lt(),
        CompareOp::Le => ordering.is_le(),
        CompareOp::Gt => ordering.is_gt(),
        _ => ordering.is_ge(),
    }
}

fn operator_text(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        _ => ">=",
    }
}

/// The method of an operator, and of the operator with its sides exchanged.
fn methods(op: CompareOp) -> (Sym, Sym) {
    match op {
        CompareOp::Lt => (Sym::Lt, Sym::Gt),
        CompareOp::Le => (Sym::Le, Sym::Ge),
        CompareOp::Gt => (Sym::Gt, Sym::Lt),
        _ => (Sym::Ge, Sym::Le),
    }
}

impl Vm {
    /// `a op b` for one of the four.
    pub(super) fn order(&mut self, op: CompareOp, a: Value, b: Value) -> NativeResult {
        if let (Some(x), Some(y)) = (Number::of(a), Number::of(b)) {
            return Ok(Value::bool(compare_numbers(x, y).is_some_and(|ordering| satisfies(op, ordering))));
        }
        if let (Some(x), Some(y)) = (a.as_str(), b.as_str()) {
            // The order of UTF-8 is the order of code points.
            return Ok(Value::bool(satisfies(op, x.bytes().cmp(y.bytes()))));
        }
        if let (Some(x), Some(y)) = (a.as_bool(), b.as_bool()) {
            return Ok(Value::bool(satisfies(op, x.cmp(&y))));
        }
        if has_methods(a) || has_methods(b) {
            let (method, mirrored) = methods(op);
            if let Some(result) = self.rooted(&[a, b], |vm| vm.compare_by_method(method, mirrored, a, b))? {
                return Ok(result);
            }
        }
        if let (Some(x), Some(y)) = (a.as_object::<Bytes>(), b.as_object::<Bytes>()) {
            return Ok(Value::bool(satisfies(op, x.data.cmp(&y.data))));
        }
        let both_lists = a.as_object::<List>().is_some() && b.as_object::<List>().is_some();
        let both_tuples = a.as_object::<Tuple>().is_some() && b.as_object::<Tuple>().is_some();
        if (both_lists || both_tuples)
            && let (Some(x), Some(y)) = (items_of(a), items_of(b))
        {
            return self.nested(" in comparison", &[a, b], |vm| vm.order_items(op, x, y));
        }
        if are_set_like(a, b) {
            return self.nested(" in comparison", &[a, b], |vm| vm.order_sets(op, a, b)).map(Value::bool);
        }
        Err(self.not_ordered(op, a, b))
    }

    #[cold]
    fn not_ordered(&mut self, op: CompareOp, a: Value, b: Value) -> Raised {
        let (text, left, right) = (operator_text(op), self.type_name(a), self.type_name(b));
        self.type_error(format!("'{text}' not supported between instances of '{left}' and '{right}'"))
    }

    /// The first items that differ decide, then the lengths.
    fn order_items(&mut self, op: CompareOp, x: Items, y: Items) -> NativeResult {
        let mut i = 0;
        while let (Some(p), Some(q)) = (x.get(i), y.get(i)) {
            if p != q {
                let mark = self.roots.len();
                self.roots.extend([p, q]);
                let equal = self.equal(p, q);
                self.roots.truncate(mark);
                if !equal? {
                    return self.order(op, p, q);
                }
            }
            i += 1;
            if i & 0xFFF == 0 {
                self.check_interrupt()?;
            }
        }
        Ok(Value::bool(satisfies(op, x.len().cmp(&y.len()))))
    }

    /// Sets are ordered by inclusion, and so only partly.
    fn order_sets(&mut self, op: CompareOp, a: Value, b: Value) -> Result<bool, Raised> {
        let (part, whole) = if matches!(op, CompareOp::Lt | CompareOp::Le) { (a, b) } else { (b, a) };
        let (fewer, more) = (self.len(part)?, self.len(whole)?);
        let may_be_equal = matches!(op, CompareOp::Le | CompareOp::Ge);
        if fewer > more || fewer == more && !may_be_equal {
            return Ok(false);
        }
        self.all_in(part, whole)
    }
}
