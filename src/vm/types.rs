//! The built-in types and the names that the VM itself looks up.

use std::cell::Cell;
use std::marker::PhantomData;

use super::{StdlibState, Vm};
use crate::heap::Tracer;
use crate::value::{Class, Dict, Foreign, Gc, Instance, Kind, Layout, Native, NativeDef, Set, Tuple, Value};

macro_rules! define_symbols {
    ($($name:ident: $text:literal,)*) => {
        /// A name that the VM looks up itself.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(usize)]
        pub enum Sym { $($name),* }

        const SYMBOLS: &[&str] = &[$($text),*];
    };
}

define_symbols! {
    Init: "init", Str: "str", Repr: "repr", Hash: "hash", Len: "len", Contains: "contains", Bool: "bool",
    DelItem: "delitem", Iter: "iter", Next: "next", Call: "call", Enter: "enter", Exit: "exit", GetAttr: "getattr",
    Eq: "==", Lt: "<", Le: "<=", Gt: ">", Ge: ">=", Index: "[]", SetIndex: "[]=",
    Add: "+", Sub: "-", Mul: "*", Div: "/", FloorDiv: "//", Mod: "%", Pow: "**",
    BitAnd: "&", BitOr: "|", BitXor: "^", Shl: "<<", Shr: ">>",
    RAdd: "radd", RSub: "rsub", RMul: "rmul", RDiv: "rtruediv", RFloorDiv: "rfloordiv", RMod: "rmod", RPow: "rpow",
    RBitAnd: "rand", RBitOr: "ror", RBitXor: "rxor", RShl: "rlshift", RShr: "rrshift",
    Neg: "neg", Pos: "pos", Invert: "~", Name: "__name__", File: "__file__", Doc: "__doc__", Class: "__class__",
    Module: "__module__", Dict: "__dict__", Args: "args", Cause: "cause", Context: "context", Traceback: "traceback",
    Code: "code", Value: "value", Signal: "signal", Write: "write", Flush: "flush", Keys: "keys", Setter: "setter",
    Missing: "missing", Fields: "_fields", Self_: "self", Start: "start", Stop: "stop", Step: "step", Format: "format",
}

macro_rules! define_types {
    ($($name:ident: $text:literal, $layout:ident, $doc:literal;)*) => {
        /// A built-in type.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(usize)]
        pub enum Type { $($name),* }

        /// The name of each, how its objects are stored, and what it is.
        const TYPES: &[(&str, Layout, &str)] = &[$(($text, Layout::$layout, $doc)),*];
    };
}

define_types! {
    Object: "object", Plain, "What every class extends. An object of it has no attributes.";
    Type: "type", Native, "The class of a value. Left out: making classes by calling `type`, and `mro`.";
    Nil: "nil", Native, "The absence of a value.";
    Bool: "bool", Native, "Whether something is so: `true` or `false`.";
    Int: "int", Native, "A whole number of any size.";
    Float: "float", Native, "A number with a fraction: an IEEE double.";
    Str: "str", Native, "Text: a sequence of code points, which cannot be changed.";
    Bytes: "bytes", Native, "A sequence of ints from 0 to 255, which cannot be changed.";
    List: "list", Native, "A sequence that can be changed.";
    Tuple: "tuple", Native, "A sequence that cannot be changed.";
    Dict: "dict", Native, "Values that are found by keys, in the order in which the keys came in.";
    Set: "set", Native, "Items without repetition, which are found fast.";
    FrozenSet: "frozenset", Native, "A set that cannot be changed, and so can be an item of a set or a key itself.";
    DictKeys: "dict_keys", Native, "The keys of a dict, as it is now: `keys()` returns it. It compares and combines as a set does.";
    DictValues: "dict_values", Native, "The values of a dict, as it is now: `values()` returns it.";
    DictItems: "dict_items", Native, "The pairs of a dict, as it is now: `items()` returns it. It compares and combines as a set does.";
    Range: "range", Native, "Ints at equal distances, worked out as they are asked for.";
    Slice: "slice", Native, "What stands in `a[start:stop:step]`.";
    Iterator: "iterator", Native, "What goes through items, one after the other.";
    Generator: "generator", Native, "What a function with `yield`, or a generator expression, returns: an iterator that can be talked to. Left out: the attributes `gi_…`.";
    Function: "function", Native, "A function.";
    Builtin: "builtin_function_or_method", Native, "A function of the interpreter.";
    Method: "method", Native, "A method with its receiver.";
    Property: "property", Native, "An attribute that is computed by a function, and perhaps set and deleted through others.";
    Module: "module", Native, "A module.";
    Traceback: "traceback", Native, "Where an exception came from.";
    NotImplemented: "NotImplementedType", Native, "What an operator method returns that cannot deal with the other operand.";
    Internal: "internal", Native, "No value of a program.";
}

/// The classes of iterators that have no name in programs, under the names that [`crate::value::Iter::class_name`] gives.
const ITERATORS: &[&str] = &[
    "list_iterator",
    "tuple_iterator",
    "range_iterator",
    "str_iterator",
    "dict_keyiterator",
    "dict_valueiterator",
    "dict_itemiterator",
    "set_iterator",
    "list_reverseiterator",
    "callable_iterator",
    "bytes_iterator",
    "dict_reversekeyiterator",
    "dict_reversevalueiterator",
    "dict_reverseitemiterator",
];

/// A class that [`Vm::class_once`] has made.
struct KeptClass<Name> {
    class: Cell<Option<Gc<Class>>>,
    name: PhantomData<Name>,
}

impl<Name> Default for KeptClass<Name> {
    fn default() -> KeptClass<Name> {
        KeptClass { class: Cell::new(None), name: PhantomData }
    }
}

impl<Name: 'static> StdlibState for KeptClass<Name> {
    fn trace(&self, tracer: &mut Tracer) {
        if let Some(class) = self.class.get() {
            tracer.mark(class.value());
        }
    }
}

pub(super) fn make_symbols(vm: &mut Vm) {
    vm.symbols = SYMBOLS.iter().map(|text| vm.heap.intern(text)).collect();
}

pub(super) fn make_types(vm: &mut Vm) {
    for (name, layout, doc) in TYPES {
        let name = vm.heap.intern(name);
        let base = vm.types.first().copied();
        let class = Class::new(&mut vm.heap, name, base, *layout);
        vm.describe(class, doc);
        vm.types.push(class);
    }
    for ty in [
        Type::Nil,
        Type::Function,
        Type::Builtin,
        Type::Module,
        Type::Iterator,
        Type::Generator,
        Type::Traceback,
        Type::Internal,
    ] {
        vm.class_for(ty).set_abstract();
    }
    let iterator = vm.class_for(Type::Iterator);
    for name in ITERATORS {
        let text = vm.heap.intern(name);
        let class = Class::new(&mut vm.heap, text, Some(iterator), Layout::Native);
        class.set_abstract();
        vm.iterator_classes.push((name, class));
    }
    let class = vm.class_for(Type::NotImplemented);
    vm.not_implemented = crate::value::Instance::new(&mut vm.heap, class).value();
}

impl Vm {
    /// The class of a value.
    #[inline]
    pub fn class_of(&self, value: Value) -> Gc<Class> {
        let ty = match value.kind() {
            None => {
                if value.is_int() {
                    Type::Int
                } else if value.is_float() {
                    Type::Float
                } else if value.is_nil() || value.is_undef() {
                    Type::Nil
                } else {
                    Type::Bool
                }
            }
            Some(kind) => match kind {
                Kind::Instance => match value.as_object::<Instance>() {
                    Some(instance) => return instance.class(),
                    None => Type::Object,
                },
                Kind::Foreign => match value.as_object::<Foreign>() {
                    Some(foreign) => return foreign.class,
                    None => Type::Object,
                },
                Kind::Str => Type::Str,
                Kind::Int => Type::Int,
                Kind::Bytes => Type::Bytes,
                Kind::List => Type::List,
                Kind::Tuple => match value.as_object::<Tuple>().and_then(|tuple| tuple.class()) {
                    Some(class) => return class,
                    None => Type::Tuple,
                },
                Kind::Dict => match value.as_object::<Dict>().and_then(|dict| dict.class) {
                    Some(class) => return class,
                    None => Type::Dict,
                },
                Kind::Set => match value.as_object::<Set>() {
                    Some(set) if set.frozen => Type::FrozenSet,
                    _ => Type::Set,
                },
                Kind::DictView => match value.as_object::<crate::value::DictView>().map(|view| view.part) {
                    Some(crate::value::DictPart::Values) => Type::DictValues,
                    Some(crate::value::DictPart::Items) => Type::DictItems,
                    _ => Type::DictKeys,
                },
                Kind::Range => Type::Range,
                Kind::Slice => Type::Slice,
                Kind::Iter => {
                    let name = value.as_object::<crate::value::Iter>().map_or("", |iter| iter.class_name());
                    match self.iterator_classes.iter().find(|(known, _)| *known == name) {
                        Some((_, class)) => return *class,
                        None => Type::Iterator,
                    }
                }
                Kind::Closure | Kind::Method => Type::Function,
                Kind::Native => Type::Builtin,
                Kind::BoundMethod => Type::Method,
                Kind::Property => Type::Property,
                Kind::Class => Type::Type,
                Kind::Module => Type::Module,
                Kind::Traceback => Type::Traceback,
                Kind::Generator => Type::Generator,
                Kind::Cell | Kind::Proto | Kind::Shape | Kind::Free => Type::Internal,
            },
        };
        self.class_for(ty)
    }

    /// The name of a value's class, as messages give it.
    pub fn type_name(&self, value: Value) -> String {
        match value.as_object::<crate::value::Iter>() {
            Some(iter) => iter.class_name().to_string(),
            None => self.class_of(value).name.get().as_str().to_string(),
        }
    }

    /// Gives a built-in class its methods: natives whose window starts with the receiver.
    pub fn add_methods(&mut self, class: Gc<Class>, methods: &'static [NativeDef]) {
        for def in methods {
            let name = self.heap.intern(def.name());
            let native = Native::new(&mut self.heap, def, Some(class));
            let _ = class.set_member(name, native.value());
        }
    }

    /// What calling a class does: a native whose window starts with the class.
    pub fn set_constructor(&mut self, ty: Type, construct: &'static NativeDef) {
        self.class_for(ty).construct.set(Some(construct));
    }

    /// A native function as a value.
    pub fn native(&mut self, def: &'static NativeDef) -> Value {
        Native::new(&mut self.heap, def, None).value()
    }

    /// A class that native code defines, for [`Foreign`] objects.
    pub fn new_native_class(&mut self, name: &str, methods: &'static [NativeDef]) -> Gc<Class> {
        let name = self.heap.intern(name);
        let object = self.class_for(Type::Object);
        let class = Class::new(&mut self.heap, name, Some(object), Layout::Native);
        class.set_abstract();
        self.add_methods(class, methods);
        self.native_classes.push((self.setting_up, class));
        class
    }

    /// Says what a class is that has no constructor to say it.
    pub fn describe(&mut self, class: Gc<Class>, doc: &str) {
        class.doc.set(self.heap.str(doc));
    }

    /// A class that is made when it is first asked for, once for each interpreter. `Name` is a type that only the asker has.
    pub fn class_once<Name: 'static>(&mut self, make: impl FnOnce(&mut Vm) -> Gc<Class>) -> Gc<Class> {
        let kept = self.state::<KeptClass<Name>>();
        if let Some(class) = kept.class.get() {
            return class;
        }
        let class = make(self);
        kept.class.set(Some(class));
        class
    }

    /// A subclass of a built-in type whose objects are of the same kind, such as a `Counter`, which is a dict.
    pub fn new_native_subclass(
        &mut self,
        name: &str,
        base: Type,
        construct: &'static NativeDef,
        methods: &'static [NativeDef],
    ) -> Gc<Class> {
        let name = self.heap.intern(name);
        let base = self.class_for(base);
        let class = Class::new(&mut self.heap, name, Some(base), Layout::Native);
        class.construct.set(Some(construct));
        self.add_methods(class, methods);
        self.native_classes.push((self.setting_up, class));
        class
    }

    /// The class of iterators that native code makes and whose [`crate::value::NativeIter::class_name`] is its name.
    pub fn new_iterator_class(&mut self, name: &'static str, construct: &'static NativeDef) -> Gc<Class> {
        let class = self.new_native_subclass(name, Type::Iterator, construct, &[]);
        self.iterator_classes.push((name, class));
        class
    }
}
