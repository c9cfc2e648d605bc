//! `functools`: functions made of functions, and caches in front of them.
//!
//! What is hard is the cache: a call of the function may call the cache again, clear it, or raise. So nothing is kept
//! across the call but the key; the entry is made afterwards, as if it came first. The table is a dict in the
//! order of use: what is used moves to the end, what has not been used for longest stands first.

mod ordering;

use std::cell::Cell;

use super::namedtuple;
use crate::heap::Tracer;
use crate::value::{Class, Dict, Foreign, ForeignData, Gc, Kind, Module, NativeDef, Str, Tuple, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, StdlibState, Sym, Vm};

/// The module.
pub const MODULE: NativeModule = NativeModule {
    name: "functools",
    doc: "Functions made of functions, and caches in front of them. Left out: `partialmethod` (a function that is \
          stored in a class later is no method), `singledispatchmethod`, and `register` without a class \
          (parameters have no types).",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("cache(user_function, /)", "As `lru_cache` without a limit.", cache),
    NativeDef::new(
        "cmp_to_key(mycmp)",
        "A key for sorting, out of a function that compares two items.",
        cmp_to_key,
    ),
    NativeDef::new(
        "lru_cache(maxsize=128, typed=false)",
        "The decorated function, with the results of its last `maxsize` calls kept.",
        lru_cache,
    ),
    NativeDef::new(
        "reduce(function, iterable, initial=nil, /)",
        "What the function makes of the result so far and each item.",
        reduce,
    ),
];

static PARTIAL: NativeDef = NativeDef::new(
    "partial(cls, func, /, *args, **options)",
    "The function with some arguments given already.",
    partial,
);
static PARTIAL_METHODS: &[NativeDef] = &[
    NativeDef::new("call(self, /, *args, **options)", "Calls the function.", call_partial),
    NativeDef::new("repr(self, /)", "The function and its arguments.", repr_partial),
];
static CACHE_METHODS: &[NativeDef] = &[
    NativeDef::new("call(self, /, *args, **options)", "The result, kept or computed.", call_cache),
    NativeDef::new("cache_clear(self, /)", "Forgets all results, and the statistics.", cache_clear),
    NativeDef::new("cache_info(self, /)", "The statistics: hits, misses, maxsize, currsize.", cache_info),
    NativeDef::new("cache_parameters(self, /)", "A dict of the settings.", cache_parameters),
    NativeDef::new("repr(self, /)", "The function that is cached.", repr_cache),
];
static DECORATOR_METHODS: &[NativeDef] =
    &[NativeDef::new("call(self, function, /)", "The function with a cache.", decorate)];
static COMPARER_METHODS: &[NativeDef] =
    &[NativeDef::new("call(self, obj, /)", "An object that is compared by the function.", call_comparer)];
static KEY_METHODS: &[NativeDef] = &[
    NativeDef::new("==(self, other, /)", "Compares by the function.", key_eq),
    NativeDef::new("<(self, other, /)", "Compares by the function.", key_lt),
    NativeDef::new("<=(self, other, /)", "Compares by the function.", key_le),
    NativeDef::new(">(self, other, /)", "Compares by the function.", key_gt),
    NativeDef::new(">=(self, other, /)", "Compares by the function.", key_ge),
];

/// The module's classes.
#[derive(Default)]
struct Classes(Cell<Option<ClassTable>>);

#[derive(Clone, Copy)]
struct ClassTable {
    cache: Gc<Class>,
    decorator: Gc<Class>,
    comparer: Gc<Class>,
    key: Gc<Class>,
    info: Gc<Class>,
}

impl StdlibState for Classes {
    fn trace(&self, tracer: &mut Tracer) {
        if let Some(table) = self.0.get() {
            for class in [table.cache, table.decorator, table.comparer, table.key, table.info] {
                tracer.mark(class.value());
            }
        }
    }
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let partial = vm.new_native_class("partial", PARTIAL_METHODS);
    partial.construct.set(Some(&PARTIAL));
    module.set(partial.name.get(), partial.value());
    let _ = classes(vm);
    for def in ordering::FUNCTIONS {
        let (name, function) = (vm.heap.intern(def.name()), vm.native(def));
        module.add_slot(name, function);
    }
    vm.add_toy_part(module, include_str!("functools.toy"))
}

fn classes(vm: &mut Vm) -> ClassTable {
    let state = vm.state::<Classes>();
    if let Some(table) = state.0.get() {
        return table;
    }
    let fields = ["hits", "misses", "maxsize", "currsize"].map(|field| vm.heap.intern(field).value());
    let cache = vm.new_native_class("_lru_cache_wrapper", CACHE_METHODS);
    vm.describe(cache, "A function behind a cache, as `cache` and `lru_cache` make it.");
    let table = ClassTable {
        cache,
        decorator: vm.new_native_class("function", DECORATOR_METHODS),
        comparer: vm.new_native_class("KeyWrapper", COMPARER_METHODS),
        key: vm.new_native_class("KeyWrapper", KEY_METHODS),
        info: namedtuple::new_class(vm, "CacheInfo", &fields, &[]),
    };
    state.0.set(Some(table));
    table
}

/// The native data of the receiver.
fn receiver<'a, T: ForeignData>(vm: &mut Vm, args: Args<'a>) -> Result<&'a T, Raised> {
    args.at(0).foreign::<T>().ok_or_else(|| vm.type_error("the receiver is of another type"))
}

fn reduce(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut total = args.at(2);
    let iterator = match vm.iter(args.at(1)) {
        Err(raised) if vm.is_exception(raised.0, Exc::TypeError) => {
            return Err(vm.type_error("reduce() arg 2 must support iteration"));
        }
        iterator => iterator?,
    };
    let mark = vm.roots.len();
    vm.roots.push(total);
    let result = vm.for_each(iterator, |vm, item| {
        total = if total.is_undef() { item } else { vm.call(args.at(0), &[total, item])? };
        if let Some(place) = vm.roots.get_mut(mark) {
            *place = total;
        }
        Ok(true)
    });
    vm.roots.truncate(mark);
    result?;
    if total.is_undef() {
        return Err(vm.type_error("reduce() of empty iterable with no initial value"));
    }
    Ok(total)
}

struct Partial {
    function: Value,
    args: Gc<Tuple>,
    options: Gc<Dict>,
}

impl ForeignData for Partial {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.function, self.args.value(), self.options.value()]);
    }

    fn attribute(&self, _: &mut Vm, name: &str) -> Option<Value> {
        match name {
            "func" => Some(self.function),
            "args" => Some(self.args.value()),
            "keywords" => Some(self.options.value()),
            _ => None,
        }
    }
}

/// The keyword arguments of two dicts, those of the second before those of the first.
fn joined_options(vm: &mut Vm, first: Option<Gc<Dict>>, second: Value) -> Gc<Dict> {
    let table = first.map_or_else(Default::default, |first| first.table.copy());
    if let Some(second) = second.as_object::<Dict>() {
        for (name, value) in second.table.items() {
            if let Some(name) = name.as_str() {
                table.put_str(name, value);
            }
        }
    }
    Dict::from_table(&mut vm.heap, table)
}

/// Keyword arguments as they are called with. Names are interned.
fn keywords(vm: &mut Vm, options: Gc<Dict>) -> Vec<(Gc<Str>, Value)> {
    let items = options.table.items().into_iter();
    items.filter_map(|(name, value)| Some((vm.heap.intern_str(name.as_str()?), value))).collect()
}

fn partial(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(class) = args.at(0).as_object::<Class>() else {
        return Err(vm.type_error("a class is needed"));
    };
    let mut function = args.at(1);
    if !vm.is_callable(function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let mut given = args.get(3..).unwrap_or(&[]).to_vec();
    let mut first = None;
    if let Some(inner) = function.foreign::<Partial>() {
        given.splice(0..0, inner.args.items().iter().copied());
        first = Some(inner.options);
        function = inner.function;
    }
    let options = joined_options(vm, first, args.or_nil(2));
    let given = Tuple::new(&mut vm.heap, &given);
    Ok(Foreign::new(&mut vm.heap, class, Partial { function, args: given, options }).value())
}

fn call_partial(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let partial = receiver::<Partial>(vm, args)?;
    let mut given = partial.args.items().to_vec();
    given.extend_from_slice(args.get(2..).unwrap_or(&[]));
    let options = joined_options(vm, Some(partial.options), args.or_nil(1));
    let keywords = keywords(vm, options);
    vm.rooted(&[options.value()], |vm| vm.call_keywords(partial.function, &given, &keywords))
}

fn repr_partial(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let partial = receiver::<Partial>(vm, args)?;
    let mut text = String::new();
    vm.shown_once(&mut text, args.at(0), "...", |vm, out| {
        out.push_str("functools.partial(");
        let function = vm.repr(partial.function)?;
        out.push_str(&function);
        for item in partial.args.items() {
            let item = vm.repr(*item)?;
            out.push_str(", ");
            out.push_str(&item);
        }
        for (name, value) in keywords(vm, partial.options) {
            let value = vm.rooted(&[name.value()], |vm| vm.repr(value))?;
            out.push_str(&format!(", {}={value}", name.as_str()));
        }
        out.push(')');
        Ok(())
    })?;
    vm.make_str(&text)
}

struct Comparer(Value);

/// An item that is compared by a function.
struct Key {
    function: Value,
    object: Value,
}

impl ForeignData for Comparer {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.0);
    }
}

impl ForeignData for Key {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.function, self.object]);
    }

    fn attribute(&self, _: &mut Vm, name: &str) -> Option<Value> {
        (name == "obj").then_some(self.object)
    }
}

fn cmp_to_key(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = classes(vm).comparer;
    Ok(Foreign::new(&mut vm.heap, class, Comparer(args.at(0))).value())
}

fn call_comparer(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let function = receiver::<Comparer>(vm, args)?.0;
    let class = classes(vm).key;
    Ok(Foreign::new(&mut vm.heap, class, Key { function, object: args.at(1) }).value())
}

fn compare_keys(vm: &mut Vm, args: Args<'_>, op: toy_grammar::ast::CompareOp) -> NativeResult {
    let key = receiver::<Key>(vm, args)?;
    let Some(other) = args.at(1).foreign::<Key>() else {
        return Err(vm.type_error("other argument must be K instance"));
    };
    let result = vm.call(key.function, &[key.object, other.object])?;
    vm.rooted(&[result], |vm| vm.compare(op, result, Value::int32(0)))
}

macro_rules! key_comparisons {
    ($($name:ident: $op:ident;)*) => {
        $(fn $name(vm: &mut Vm, args: Args<'_>) -> NativeResult {
            compare_keys(vm, args, toy_grammar::ast::CompareOp::$op)
        })*
    };
}

key_comparisons! { key_eq: Eq; key_lt: Lt; key_le: Le; key_gt: Gt; key_ge: Ge; }

/// What `lru_cache(maxsize)` gives.
struct Decorator {
    maxsize: Option<usize>,
    typed: bool,
}

impl ForeignData for Decorator {
    fn trace(&self, _: &mut Tracer) {}

    fn copied(&self, _: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        Some(Ok(object))
    }
}

struct Cache {
    function: Value,
    maxsize: Option<usize>,
    typed: bool,
    /// The results by their keys, what was used last at the end.
    results: Gc<Dict>,
    /// Before this place of the table there are only gaps.
    first: Cell<usize>,
    hits: Cell<i64>,
    misses: Cell<i64>,
}

impl ForeignData for Cache {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.function, self.results.value()]);
    }

    fn copied(&self, _: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        Some(Ok(object))
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        match name {
            "__wrapped__" => Some(self.function),
            "__name__" | "__doc__" => {
                let name = vm.heap.intern(name);
                vm.find_attr(self.function, name).ok().flatten()
            }
            _ => None,
        }
    }
}

fn new_cache(vm: &mut Vm, function: Value, maxsize: Option<usize>, typed: bool) -> NativeResult {
    if !vm.is_callable(function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let class = classes(vm).cache;
    let results = Dict::new(&mut vm.heap);
    let (first, hits, misses) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let cache = Cache { function, maxsize, typed, results, first, hits, misses };
    Ok(Foreign::new(&mut vm.heap, class, cache).value())
}

fn cache(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    new_cache(vm, args.at(0), None, false)
}

fn lru_cache(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let typed = match args.given(1) {
        Some(typed) => vm.truth(typed)?,
        None => false,
    };
    let maxsize = match args.given(0) {
        None => Some(128),
        Some(Value::NIL) => None,
        Some(maxsize) if vm.int_of(maxsize).is_some() => {
            Some(usize::try_from(vm.expect_index(maxsize)?).unwrap_or(0))
        }
        Some(function) if vm.is_callable(function) => return new_cache(vm, function, Some(128), typed),
        Some(_) => {
            return Err(vm.type_error("Expected first argument to be an integer, a callable, or nil"));
        }
    };
    let class = classes(vm).decorator;
    Ok(Foreign::new(&mut vm.heap, class, Decorator { maxsize, typed }).value())
}

fn decorate(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let decorator = receiver::<Decorator>(vm, args)?;
    new_cache(vm, args.at(1), decorator.maxsize, decorator.typed)
}

/// What the arguments of a call are found by.
fn key_of(vm: &mut Vm, cache: &Cache, given: &[Value], options: &[(Gc<Str>, Value)]) -> Value {
    if let ([only], [], false) = (given, options, cache.typed)
        && (only.is_int() || matches!(only.kind(), Some(Kind::Str)))
    {
        return *only;
    }
    let mut parts = given.to_vec();
    if !options.is_empty() {
        // No program passes this class on.
        parts.push(classes(vm).decorator.value());
        parts.extend(options.iter().flat_map(|(name, value)| [name.value(), *value]));
    }
    if cache.typed {
        for value in given.iter().chain(options.iter().map(|(_, value)| value)) {
            parts.push(vm.class_of(*value).value());
        }
    }
    Tuple::new(&mut vm.heap, &parts).value()
}

fn call_cache(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let cache = receiver::<Cache>(vm, args)?;
    let given = args.get(2..).unwrap_or(&[]);
    let options = match args.given(1).and_then(|options| options.as_object::<Dict>()) {
        Some(options) => keywords(vm, options),
        None => Vec::new(),
    };
    if cache.maxsize == Some(0) {
        cache.misses.set(cache.misses.get() + 1);
        return vm.call_keywords(cache.function, given, &options);
    }
    let key = key_of(vm, cache, given, &options);
    vm.rooted(&[key], |vm| {
        if let Some(result) = vm.dict_get(cache.results, key)? {
            cache.hits.set(cache.hits.get() + 1);
            if cache.maxsize.is_some() {
                vm.rooted(&[result], |vm| use_again(vm, cache, key, result))?;
            }
            return Ok(result);
        }
        cache.misses.set(cache.misses.get() + 1);
        let result = vm.call_keywords(cache.function, given, &options)?;
        vm.rooted(&[result], |vm| {
            // The call may have put it in already.
            if vm.dict_get(cache.results, key)?.is_none() {
                while cache.maxsize.is_some_and(|maxsize| cache.results.table.len() >= maxsize) {
                    drop_oldest(cache);
                }
                put_last(vm, cache, key, result)?;
            }
            Ok(result)
        })
    })
}

/// Moves a key to the end.
fn use_again(vm: &mut Vm, cache: &Cache, key: Value, result: Value) -> Result<(), Raised> {
    if vm.dict_remove(cache.results, key)?.is_some() {
        put_last(vm, cache, key, result)?;
    }
    Ok(())
}

fn put_last(vm: &mut Vm, cache: &Cache, key: Value, result: Value) -> Result<(), Raised> {
    let end = cache.results.table.end();
    vm.dict_put(cache.results, key, result)?;
    if cache.results.table.end() != end + 1 {
        // The gaps were closed.
        cache.first.set(0);
    }
    Ok(())
}

fn drop_oldest(cache: &Cache) {
    let table = &cache.results.table;
    let from = if cache.first.get() < table.end() { cache.first.get() } else { 0 };
    let mut i = from;
    while i < table.end() && table.entry(i).is_none() {
        i += 1;
    }
    if table.remove(i).is_none() {
        // The place was wrong: from the beginning next time.
        cache.first.set(0);
        if from == 0 {
            table.clear();
        }
        return;
    }
    cache.first.set(i);
}

fn cache_clear(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let cache = receiver::<Cache>(vm, args)?;
    cache.results.table.clear();
    for number in [&cache.hits, &cache.misses] {
        number.set(0);
    }
    cache.first.set(0);
    Ok(Value::NIL)
}

fn cache_info(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let cache = receiver::<Cache>(vm, args)?;
    let maxsize = cache.maxsize.map_or(Value::NIL, Value::len);
    let (hits, misses) = (vm.heap.int(cache.hits.get()), vm.heap.int(cache.misses.get()));
    let class = classes(vm).info;
    let parts = [hits, misses, maxsize, Value::len(cache.results.table.len())];
    Ok(Tuple::of_class(&mut vm.heap, &parts, class).value())
}

fn cache_parameters(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let cache = receiver::<Cache>(vm, args)?;
    let dict = Dict::new(&mut vm.heap);
    let maxsize = cache.maxsize.map_or(Value::NIL, Value::len);
    for (name, value) in [("maxsize", maxsize), ("typed", Value::bool(cache.typed))] {
        let name = vm.heap.intern(name);
        dict.table.put_str(name, value);
    }
    Ok(dict.value())
}

fn repr_cache(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let cache = receiver::<Cache>(vm, args)?;
    let name = vm.sym(Sym::Name);
    let name = match vm.find_attr(cache.function, name)? {
        Some(name) => vm.rooted(&[name], |vm| vm.str(name))?,
        None => vm.type_name(cache.function),
    };
    Ok(vm.heap.str(&format!("<functools._lru_cache_wrapper object {name}>")))
}
