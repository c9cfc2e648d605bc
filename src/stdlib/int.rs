//! `int` and `bool`: constructors and methods.

use num_bigint::{BigInt, Sign};
use num_traits::FromPrimitive;

use crate::text::numbers::{IntError, parse_int, parse_small_int};
use crate::text::quote::{repr_bytes, repr_str};
use crate::value::{Bytes, Class, Gc, Native, NativeDef, Property, Tuple, Value};
use crate::vm::{Args, Int, NativeResult, Raised, Type, Vm};

const CONSTRUCT: NativeDef = NativeDef::new(
    "int(cls, x=0, /, base=10)",
    "The whole number that a text says in some base, or a number without its fraction.",
    construct,
);
const CONSTRUCT_BOOL: NativeDef =
    NativeDef::new("bool(cls, object=false, /)", "Whether an object counts as true.", bool_of);
const FROM_BYTES: NativeDef = NativeDef::new(
    "from_bytes(bytes, byteorder=\"big\", *, signed=false)",
    "The int that bytes say in base 256.",
    from_bytes,
);

const METHODS: &[NativeDef] = &[
    NativeDef::new(
        "bit_length(self, /)",
        "How many bits the number has, sign and leading zeros left out.",
        bit_length,
    ),
    NativeDef::new("bit_count(self, /)", "How many bits of the number's absolute value are 1.", bit_count),
    NativeDef::new("is_integer(self, /)", "True.", is_integer),
    NativeDef::new("as_integer_ratio(self, /)", "The pair of the number and 1.", as_integer_ratio),
    NativeDef::new("conjugate(self, /)", "The number itself.", same),
    NativeDef::new(
        "to_bytes(self, length=1, byteorder=\"big\", *, signed=false)",
        "The number in base 256, in so many bytes.",
        to_bytes,
    ),
];

/// Attributes that are worked out.
const PARTS: &[NativeDef] = &[
    NativeDef::new("real(self, /)", "The number itself.", same),
    NativeDef::new("imag(self, /)", "0.", zero),
    NativeDef::new("numerator(self, /)", "The number itself.", same),
    NativeDef::new("denominator(self, /)", "1.", one),
];

/// Adds the classes to the builtins.
pub fn install(vm: &mut Vm) {
    vm.set_constructor(Type::Int, &CONSTRUCT);
    vm.set_constructor(Type::Bool, &CONSTRUCT_BOOL);
    let class = vm.class_for(Type::Int);
    vm.add_methods(class, METHODS);
    add_parts(vm, class, PARTS);
    let function = vm.native(&FROM_BYTES);
    let name = vm.heap.intern(FROM_BYTES.name());
    let _ = class.set_member(name, function);
    vm.add_builtin("int", class.value());
    let class = vm.class_for(Type::Bool).value();
    vm.add_builtin("bool", class);
}

/// Gives a class attributes that natives work out.
pub(super) fn add_parts(vm: &mut Vm, class: Gc<Class>, parts: &'static [NativeDef]) {
    for def in parts {
        let getter = Native::new(&mut vm.heap, def, Some(class)).value();
        let property = Property::new(&mut vm.heap, getter, Value::NIL, Value::NIL).value();
        let name = vm.heap.intern(def.name());
        let _ = class.set_member(name, property);
    }
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match (args.given(1), args.given(2)) {
        (None, None) => Ok(Value::int32(0)),
        (None, Some(_)) => Err(vm.type_error("int() missing string argument")),
        (Some(x), None) => from_value(vm, x),
        (Some(x), Some(base)) => {
            let base = match vm.expect_int(base)? {
                Int::Small(base @ (0 | 2..=36)) => base as u32,
                _ => return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0")),
            };
            match text_of(x) {
                Some(text) => read(vm, x, &text, base),
                None => Err(vm.type_error("int() can't convert non-string with explicit base")),
            }
        }
    }
}

/// The text of a string or of bytes.
fn text_of(value: Value) -> Option<String> {
    match value.as_str() {
        Some(string) => Some(string.as_str().to_string()),
        None => {
            value.as_object::<Bytes>().map(|bytes| bytes.data.iter().map(|byte| char::from(*byte)).collect())
        }
    }
}

fn from_value(vm: &mut Vm, x: Value) -> NativeResult {
    if vm.int_of(x).is_some() {
        return Ok(x);
    }
    if let Some(string) = x.as_str()
        && let Some(i) = parse_small_int(string.as_str())
    {
        return Ok(vm.heap.int(i));
    }
    if let Some(f) = x.as_float() {
        return from_float(vm, f);
    }
    if let Some(b) = x.as_bool() {
        return Ok(Value::int32(i32::from(b)));
    }
    match text_of(x) {
        Some(text) => read(vm, x, &text, 10),
        None => {
            let name = vm.type_name(x);
            Err(vm.type_error(format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{name}'"
            )))
        }
    }
}

/// The float without its fraction.
pub(super) fn from_float(vm: &mut Vm, f: f64) -> NativeResult {
    if f.abs() < 1e15 {
        return Ok(vm.heap.int(f as i64));
    }
    match BigInt::from_f64(f) {
        Some(big) => Ok(vm.heap.big_int(big)),
        None if f.is_nan() => Err(vm.value_error("cannot convert float NaN to integer")),
        None => Err(vm.overflow_error("cannot convert float infinity to integer")),
    }
}

fn read(vm: &mut Vm, original: Value, text: &str, base: u32) -> NativeResult {
    let limit = vm.int_text_limit();
    match parse_int(text, base, limit) {
        Ok(big) => Ok(vm.heap.big_int(big)),
        Err(IntError::TooLong(digits)) => Err(vm.value_error(format!(
            "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} digits; \
             use sys.set_int_max_str_digits() to increase the limit"
        ))),
        Err(IntError::Invalid) => {
            let shown = match original.as_object::<Bytes>() {
                Some(bytes) => repr_bytes(&bytes.data),
                None => repr_str(text),
            };
            let shown: String = shown.chars().take(200).collect();
            Err(vm.value_error(format!("invalid literal for int() with base {base}: {shown}")))
        }
    }
}

fn bool_of(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match args.given(1) {
        Some(object) => Ok(Value::bool(vm.truth(object)?)),
        None => Ok(Value::FALSE),
    }
}

fn this(vm: &mut Vm, args: Args<'_>) -> Result<Int, Raised> {
    vm.expect_int(args.at(0))
}

fn bit_length(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bits = this(vm, args)?.to_big().bits();
    Ok(vm.heap.int(bits as i64))
}

fn bit_count(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bits = this(vm, args)?.to_big().magnitude().count_ones();
    Ok(vm.heap.int(bits as i64))
}

fn is_integer(_: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::TRUE)
}

fn as_integer_ratio(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Tuple::new(&mut vm.heap, &[args.at(0), Value::int32(1)]).value())
}

fn same(_: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(args.at(0))
}

fn zero(_: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::int32(0))
}

fn one(_: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::int32(1))
}

/// Whether the byte order is little-endian.
fn is_little(vm: &mut Vm, order: Option<Value>, name: &str) -> Result<bool, Raised> {
    let Some(order) = order else { return Ok(false) };
    let Some(text) = order.as_str() else {
        let given = vm.type_name(order);
        return Err(vm.type_error(format!("{name}() argument 'byteorder' must be str, not {given}")));
    };
    match text.as_str() {
        "little" => Ok(true),
        "big" => Ok(false),
        _ => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
    }
}

fn to_bytes(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let value = this(vm, args)?;
    let length = match args.given(1) {
        Some(length) => vm.expect_index(length)?,
        None => 1,
    };
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    let little = is_little(vm, args.given(2), "to_bytes")?;
    let signed = match args.given(3) {
        Some(signed) => vm.truth(signed)?,
        None => false,
    };
    if value.is_negative() && !signed {
        return Err(vm.overflow_error("can't convert negative int to unsigned"));
    }
    let negative = value.is_negative();
    let value = value.to_big();
    let mut bytes = if signed { value.to_signed_bytes_le() } else { value.magnitude().to_bytes_le() };
    if bytes == [0] {
        bytes.clear();
    }
    if bytes.len() > length {
        return Err(vm.overflow_error("int too big to convert"));
    }
    vm.reserve(length)?;
    bytes.resize(length, if negative { 0xFF } else { 0 });
    if !little {
        bytes.reverse();
    }
    Ok(Bytes::new(&mut vm.heap, bytes).value())
}

fn from_bytes(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let source = args.at(0);
    let mut data = match source.as_object::<Bytes>() {
        Some(bytes) => bytes.data.to_vec(),
        None if vm.is_iterable(source) && source.as_str().is_none() => {
            let mut data = Vec::new();
            vm.for_each(source, |vm, item| {
                let byte = match vm.int_of(item) {
                    Some(Int::Big(_)) => -1,
                    _ => vm.expect_index(item)?,
                };
                match u8::try_from(byte) {
                    Ok(byte) => data.push(byte),
                    Err(_) => return Err(vm.value_error("bytes must be in range(0, 256)")),
                }
                Ok(true)
            })?;
            data
        }
        None => {
            let name = vm.type_name(source);
            return Err(vm.type_error(format!("cannot convert '{name}' object to bytes")));
        }
    };
    if !is_little(vm, args.given(1), "from_bytes")? {
        data.reverse();
    }
    let signed = match args.given(2) {
        Some(signed) => vm.truth(signed)?,
        None => false,
    };
    let value =
        if signed { BigInt::from_signed_bytes_le(&data) } else { BigInt::from_bytes_le(Sign::Plus, &data) };
    Ok(vm.heap.big_int(value))
}
