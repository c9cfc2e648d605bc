//! The operators `+ - * / // % ** & | ^ << >>`, their in-place forms, and the unary ones: the slow path.
//!
//! The dispatch loop does small ints and floats itself and comes here with everything else. What is hard is the
//! order of trials, which decides what a program may override: numbers first, then the methods of instances
//! (left, right, or right before left when its class is the more special one), then what sequences, sets and
//! dicts do. Ints are exact at any size: 64-bit ones are computed in 128 bits, and each result is brought back
//! to the one form that its size has.

mod collection;
mod integer;
mod real;
mod sequence;

use std::borrow::Cow;

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use toy_grammar::ast::{BinaryOp, UnaryOp};

use super::{Exc, NativeResult, Raised, Sym, Vm};
use crate::value::{BoxedInt, Dict, Gc, Instance, Kind, List, Set, Tuple, Value};

/// An int of any size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Int {
    Small(i64),
    /// Past 64 bits.
    Big(BigInt),
}

impl Int {
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Int::Small(i) => Some(*i),
            Int::Big(_) => None,
        }
    }

    pub fn to_big(&self) -> Cow<'_, BigInt> {
        match self {
            Int::Small(i) => Cow::Owned(BigInt::from(*i)),
            Int::Big(big) => Cow::Borrowed(big),
        }
    }

    /// The nearest float; none when it is too large for one.
    pub fn to_f64(&self) -> Option<f64> {
        match self {
            Int::Small(i) => Some(*i as f64),
            Int::Big(big) => big_to_f64(big),
        }
    }

    pub fn is_negative(&self) -> bool {
        match self {
            Int::Small(i) => *i < 0,
            Int::Big(big) => big.sign() == num_bigint::Sign::Minus,
        }
    }
}

impl From<BigInt> for Int {
    fn from(big: BigInt) -> Int {
        match big.to_i64() {
            Some(i) => Int::Small(i),
            None => Int::Big(big),
        }
    }
}

/// The nearest float; none when it is too large for one.
pub(crate) fn big_to_f64(big: &BigInt) -> Option<f64> {
    big.to_f64().filter(|f| f.is_finite())
}

/// An int as it is stored: no copy is made of a big one.
#[derive(Clone, Copy)]
pub(super) enum Whole {
    Small(i64),
    Big(Gc<BoxedInt>),
}

impl Whole {
    pub(super) fn of(v: Value) -> Option<Whole> {
        if let Some(i) = v.as_int() {
            return Some(Whole::Small(i));
        }
        let boxed = v.as_object::<BoxedInt>()?;
        Some(boxed.value.to_i64().map_or(Whole::Big(boxed), Whole::Small))
    }

    pub(super) fn big(&self) -> Cow<'_, BigInt> {
        match self {
            Whole::Small(i) => Cow::Owned(BigInt::from(*i)),
            Whole::Big(boxed) => Cow::Borrowed(&boxed.value),
        }
    }

    pub(super) fn to_f64(self) -> Option<f64> {
        match self {
            Whole::Small(i) => Some(i as f64),
            Whole::Big(boxed) => big_to_f64(&boxed.value),
        }
    }
}

/// A number as it is stored.
#[derive(Clone, Copy)]
pub(super) enum Number {
    Whole(Whole),
    Float(f64),
}

impl Number {
    pub(super) fn of(v: Value) -> Option<Number> {
        match v.as_float() {
            Some(f) => Some(Number::Float(f)),
            None => Whole::of(v).map(Number::Whole),
        }
    }
}

/// The operator as it is written.
pub(crate) fn operator_text(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::FloorDiv => "//",
        BinaryOp::Mod => "%",
        BinaryOp::Pow => "**",
        BinaryOp::BitAnd => "&",
        BinaryOp::BitOr => "|",
        BinaryOp::BitXor => "^",
        BinaryOp::Shl => "<<",
        BinaryOp::Shr => ">>",
    }
}

/// The method that defines an operator, and the one for an operand on the right.
fn operator_methods(op: BinaryOp) -> (Sym, Sym) {
    match op {
        BinaryOp::Add => (Sym::Add, Sym::RAdd),
        BinaryOp::Sub => (Sym::Sub, Sym::RSub),
        BinaryOp::Mul => (Sym::Mul, Sym::RMul),
        BinaryOp::Div => (Sym::Div, Sym::RDiv),
        BinaryOp::FloorDiv => (Sym::FloorDiv, Sym::RFloorDiv),
        BinaryOp::Mod => (Sym::Mod, Sym::RMod),
        BinaryOp::Pow => (Sym::Pow, Sym::RPow),
        BinaryOp::BitAnd => (Sym::BitAnd, Sym::RBitAnd),
        BinaryOp::BitOr => (Sym::BitOr, Sym::RBitOr),
        BinaryOp::BitXor => (Sym::BitXor, Sym::RBitXor),
        BinaryOp::Shl => (Sym::Shl, Sym::RShl),
        BinaryOp::Shr => (Sym::Shr, Sym::RShr),
    }
}

/// Whether a value's class may define operators.
pub(super) fn has_methods(v: Value) -> bool {
    match v.kind() {
        Some(Kind::Instance | Kind::Foreign) => true,
        Some(Kind::Dict) => v.as_object::<Dict>().is_some_and(|dict| dict.class.is_some()),
        Some(Kind::Tuple) => v.as_object::<Tuple>().is_some_and(|tuple| tuple.class().is_some()),
        _ => false,
    }
}

impl Vm {
    /// The int that a value is, if it is one; a bool is none.
    pub fn int_of(&self, v: Value) -> Option<Int> {
        Whole::of(v).map(|whole| match whole {
            Whole::Small(i) => Int::Small(i),
            Whole::Big(boxed) => Int::Big(boxed.value.clone()),
        })
    }

    /// The value of an int.
    pub fn int_value(&mut self, int: Int) -> Value {
        match int {
            Int::Small(i) => self.heap.int(i),
            Int::Big(big) => self.heap.big_int(big),
        }
    }

    /// `a op b`.
    pub fn binary(&mut self, op: BinaryOp, a: Value, b: Value) -> NativeResult {
        self.operate(op, false, a, b)
    }

    /// `a op= b`: lists, sets and dicts change themselves, everything else makes a new value.
    pub fn binary_in_place(&mut self, op: BinaryOp, a: Value, b: Value) -> NativeResult {
        // Classes of native code may have a method `+=`.
        if has_methods(a) && a.as_object::<Instance>().is_none() {
            let name = self.heap.intern(&format!("{}=", operator_text(op)));
            if let Some(member) = self.class_of(a).lookup(name) {
                return self.call(member, &[a, b]);
            }
        }
        match (op, a.kind()) {
            (BinaryOp::Add | BinaryOp::Mul, Some(Kind::List)) => {
                if let Some(list) = a.as_object::<List>() {
                    return self.rooted(&[a, b], |vm| match op {
                        BinaryOp::Add => vm.extend_in_place(list, b),
                        _ => vm.repeat_in_place(list, b),
                    });
                }
            }
            (BinaryOp::BitOr, Some(Kind::Dict)) => {
                return self.rooted(&[a, b], |vm| vm.dict_union_in_place(a, b));
            }
            (BinaryOp::BitOr | BinaryOp::BitAnd | BinaryOp::BitXor | BinaryOp::Sub, Some(Kind::Set)) => {
                if let (Some(left), Some(right)) = (a.as_object::<Set>(), b.as_object::<Set>())
                    && !left.frozen
                {
                    return self.rooted(&[a, b], |vm| vm.set_operate_in_place(op, left, right));
                }
            }
            _ => {}
        }
        self.operate(op, true, a, b)
    }

    fn operate(&mut self, op: BinaryOp, in_place: bool, a: Value, b: Value) -> NativeResult {
        match (Number::of(a), Number::of(b)) {
            (Some(Number::Whole(x)), Some(Number::Whole(y))) => return self.integer_binary(op, x, y),
            (Some(x), Some(y)) => {
                if let Some(result) = self.real_binary(op, x, y)? {
                    return Ok(result);
                }
            }
            _ => {
                if let (Some(x), Some(y)) = (a.as_bool(), b.as_bool()) {
                    match op {
                        BinaryOp::BitAnd => return Ok(Value::bool(x & y)),
                        BinaryOp::BitOr => return Ok(Value::bool(x | y)),
                        BinaryOp::BitXor => return Ok(Value::bool(x ^ y)),
                        _ => {}
                    }
                }
                if (has_methods(a) || has_methods(b))
                    && let Some(result) = self.rooted(&[a, b], |vm| vm.operator_method(op, a, b))?
                {
                    return Ok(result);
                }
                let result = match op {
                    BinaryOp::Add => self.concatenate(a, b)?,
                    BinaryOp::Mul => self.repeat(a, b)?,
                    BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor | BinaryOp::Sub => {
                        self.collection_binary(op, a, b)?
                    }
                    _ => None,
                };
                if let Some(result) = result {
                    return Ok(result);
                }
            }
        }
        Err(self.unsupported_operands(op, in_place, a, b))
    }

    #[cold]
    fn unsupported_operands(&mut self, op: BinaryOp, in_place: bool, a: Value, b: Value) -> Raised {
        let text = match (op, in_place) {
            (BinaryOp::Pow, false) => "** or pow()".to_string(),
            (op, false) => operator_text(op).to_string(),
            (op, true) => format!("{}=", operator_text(op)),
        };
        let (left, right) = (self.type_name(a), self.type_name(b));
        self.type_error(format!("unsupported operand type(s) for {text}: '{left}' and '{right}'"))
    }

    /// What the operands' own methods make of it; none when neither knows.
    fn operator_method(&mut self, op: BinaryOp, a: Value, b: Value) -> Result<Option<Value>, Raised> {
        let (method, reflected) = operator_methods(op);
        let (left, right) = (self.class_of(a), self.class_of(b));
        let differ = left != right;
        let mut reflected_tried = false;
        if differ && right.is_subclass_of(left) {
            // The more special class goes first, but only when it has something of its own to say.
            let name = self.sym(reflected);
            if right.lookup(name) != left.lookup(name) {
                reflected_tried = true;
                if let Some(result) = self.call_operator(b, reflected, a)? {
                    return Ok(Some(result));
                }
            }
        }
        if let Some(result) = self.call_operator(a, method, b)? {
            return Ok(Some(result));
        }
        if differ && !reflected_tried { self.call_operator(b, reflected, a) } else { Ok(None) }
    }

    /// Calls an operator method of an instance; none when there is none or it gives `NotImplemented`.
    pub(super) fn call_operator(
        &mut self,
        receiver: Value,
        method: Sym,
        other: Value,
    ) -> Result<Option<Value>, Raised> {
        if !has_methods(receiver) {
            return Ok(None);
        }
        let result = self.call_special(receiver, method, &[other])?;
        Ok(result.filter(|result| *result != self.not_implemented))
    }

    /// `-v`, `+v`, `~v`, `not v`.
    pub fn unary(&mut self, op: UnaryOp, v: Value) -> NativeResult {
        if op == UnaryOp::Not {
            return Ok(Value::bool(!self.truth(v)?));
        }
        match (op, Number::of(v)) {
            (UnaryOp::Neg, Some(Number::Float(f))) => return Ok(Value::float(-f)),
            (UnaryOp::Pos, Some(_)) => return Ok(v),
            (UnaryOp::Neg, Some(Number::Whole(Whole::Small(i)))) => return Ok(self.wide_int(-i128::from(i))),
            (UnaryOp::Neg, Some(Number::Whole(Whole::Big(boxed)))) => {
                return Ok(self.heap.big_int(-&boxed.value));
            }
            (UnaryOp::Invert, Some(Number::Whole(Whole::Small(i)))) => {
                return Ok(self.wide_int(!i128::from(i)));
            }
            (UnaryOp::Invert, Some(Number::Whole(Whole::Big(boxed)))) => {
                return Ok(self.heap.big_int(!&boxed.value));
            }
            _ => {}
        }
        let (method, text) = match op {
            UnaryOp::Neg => (Sym::Neg, "-"),
            UnaryOp::Pos => (Sym::Pos, "+"),
            _ => (Sym::Invert, "~"),
        };
        if has_methods(v)
            && let Some(result) = self.call_special(v, method, &[])?
        {
            return Ok(result);
        }
        let name = self.type_name(v);
        Err(self.type_error(format!("bad operand type for unary {text}: '{name}'")))
    }

    /// An int for counting or indexing.
    pub fn expect_index(&mut self, v: Value) -> Result<i64, Raised> {
        match Whole::of(v) {
            Some(Whole::Small(i)) => Ok(i),
            Some(Whole::Big(_)) => Err(self.overflow_error("int too large to convert to index")),
            None => Err(self.not_an_integer(v)),
        }
    }

    /// An int of any size.
    pub fn expect_int(&mut self, v: Value) -> Result<Int, Raised> {
        match self.int_of(v) {
            Some(int) => Ok(int),
            None => Err(self.not_an_integer(v)),
        }
    }

    #[cold]
    fn not_an_integer(&mut self, v: Value) -> Raised {
        let name = self.type_name(v);
        self.type_error(format!("'{name}' object cannot be interpreted as an integer"))
    }

    /// A float, or an int as one.
    pub fn expect_float(&mut self, v: Value) -> Result<f64, Raised> {
        match Number::of(v) {
            Some(Number::Float(f)) => Ok(f),
            Some(Number::Whole(whole)) => self.whole_to_f64(whole),
            None => {
                let name = self.type_name(v);
                Err(self.type_error(format!("must be real number, not {name}")))
            }
        }
    }

    pub(super) fn whole_to_f64(&mut self, whole: Whole) -> Result<f64, Raised> {
        match whole.to_f64() {
            Some(f) => Ok(f),
            None => Err(self.overflow_error("int too large to convert to float")),
        }
    }

    /// An int from a wider computation.
    pub(super) fn wide_int(&mut self, i: i128) -> Value {
        match i64::try_from(i) {
            Ok(i) => self.heap.int(i),
            Err(_) => self.heap.big_int(BigInt::from(i)),
        }
    }

    /// As [`Vm::reserve`], which may collect, while the values are safe from it.
    pub(crate) fn reserve_keeping(&mut self, values: &[Value], bytes: usize) -> Result<(), Raised> {
        // The heap grants small requests always, so there is nothing to root for them.
        if bytes <= 1 << 16 { Ok(()) } else { self.rooted(values, |vm| vm.reserve(bytes)) }
    }

    #[cold]
    pub(super) fn zero_division(&mut self, message: &str) -> Raised {
        self.error(Exc::ZeroDivisionError, message)
    }
}
