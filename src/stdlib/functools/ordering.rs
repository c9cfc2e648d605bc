//! `total_ordering` and `cached_property`: what changes a class, which only native code can.

use crate::value::{Class, Gc, Native, NativeDef, Property, Value};
use crate::vm::{Args, NativeResult, Raised, Sym, Vm};

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "cached_property(func, /)",
        "A method whose result becomes an attribute of the instance when it is first asked for.",
        cached_property,
    ),
    NativeDef::new(
        "total_ordering(cls, /)",
        "The class, with the comparisons that it lacks made of one of `< <= > >=` and `==`.",
        total_ordering,
    ),
];

fn cached_property(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let name = vm.sym(Sym::Name);
    let name = vm.find_attr(args.at(0), name)?.and_then(Value::as_str);
    let name = match name {
        Some(name) => vm.heap.intern_str(name),
        None => return Err(vm.type_error("cached_property() needs a function")),
    };
    Ok(Property::cached(&mut vm.heap, args.at(0), name).value())
}

/// How a derived comparison uses the one that the class has.
#[derive(Clone, Copy)]
enum Derived {
    /// The opposite.
    Not,
    /// Or equal.
    OrEqual,
    /// The opposite, and not equal.
    NotAndUnequal,
    /// The opposite, or equal.
    NotOrEqual,
    /// And not equal.
    AndUnequal,
}

macro_rules! derived {
    ($($root:ident { $($name:ident: $text:literal, $how:ident;)* })*) => {
        /// The comparisons by which a class may be ordered, the one preferred first, and what each of them gives.
        const ROOTS: &[(Sym, &[NativeDef])] = &[$(
            (Sym::$root, &[$(NativeDef::new($text, "Made by `total_ordering`.", $name)),*])
        ),*];
        $($(fn $name(vm: &mut Vm, args: Args<'_>) -> NativeResult {
            derive(vm, args, Sym::$root, Derived::$how)
        })*)*
    };
}

derived! {
    Lt { gt_by_lt: ">(self, other, /)", NotAndUnequal; le_by_lt: "<=(self, other, /)", OrEqual; ge_by_lt: ">=(self, other, /)", Not; }
    Le { ge_by_le: ">=(self, other, /)", NotOrEqual; lt_by_le: "<(self, other, /)", AndUnequal; gt_by_le: ">(self, other, /)", Not; }
    Gt { lt_by_gt: "<(self, other, /)", NotAndUnequal; ge_by_gt: ">=(self, other, /)", OrEqual; le_by_gt: "<=(self, other, /)", Not; }
    Ge { le_by_ge: "<=(self, other, /)", NotOrEqual; gt_by_ge: ">(self, other, /)", AndUnequal; lt_by_ge: "<(self, other, /)", Not; }
}

fn derive(vm: &mut Vm, args: Args<'_>, root: Sym, how: Derived) -> NativeResult {
    let result = match vm.call_special(args.at(0), root, &[args.at(1)])? {
        Some(result) => result,
        None => vm.not_implemented,
    };
    if result == vm.not_implemented {
        return Ok(result);
    }
    let holds = vm.rooted(&[result], |vm| vm.truth(result))?;
    Ok(Value::bool(match how {
        Derived::Not => !holds,
        Derived::OrEqual => holds || vm.eq(args.at(0), args.at(1))?,
        Derived::NotAndUnequal => !holds && !vm.eq(args.at(0), args.at(1))?,
        Derived::NotOrEqual => !holds || vm.eq(args.at(0), args.at(1))?,
        Derived::AndUnequal => holds && !vm.eq(args.at(0), args.at(1))?,
    }))
}

fn total_ordering(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = match args.at(0).as_object::<Class>() {
        Some(class) if !class.module.get().is_nil() => class,
        _ => return Err(vm.type_error("total_ordering() needs a class of the program")),
    };
    let has = |vm: &mut Vm, name: &str| {
        let name = vm.heap.intern(name);
        class.lookup(name).is_some()
    };
    let Some((_, derived)) = ROOTS.iter().find(|(root, _)| class.lookup(vm.sym(*root)).is_some()) else {
        return Err(vm.value_error("must define at least one ordering operation: < > <= >="));
    };
    for def in *derived {
        if !has(vm, def.name()) {
            add_method(vm, class, def)?;
        }
    }
    Ok(args.at(0))
}

fn add_method(vm: &mut Vm, class: Gc<Class>, def: &'static NativeDef) -> Result<(), Raised> {
    let name = vm.heap.intern(def.name());
    let method = Native::new(&mut vm.heap, def, Some(class)).value();
    vm.set_attr(class.value(), name, method)
}
