//! Classes of tuples with named fields, which `collections.namedtuple` makes, and modules that give such tuples.
//!
//! A field is found by its place in the class's `_fields` (in `vm/attribute.rs`); here is how the tuples are made
//! and shown. A class declared in Toy may have such a class as its base.

use crate::value::{BoundMethod, Class, Dict, Gc, Layout, List, NativeDef, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Sym, Type, Vm};

static CONSTRUCT: NativeDef =
    NativeDef::new("namedtuple(cls, *args, **options)", "A tuple of a value for each field.", construct);
static MAKE: NativeDef =
    NativeDef::new("_make(self, iterable, /)", "A tuple of the class with the items of an iterable.", make);
static METHODS: &[NativeDef] = &[
    NativeDef::new("_asdict(self, /)", "A dict of the fields.", as_dict),
    NativeDef::new("_replace(self, /, **options)", "A tuple with other values for some fields.", replace),
    NativeDef::new("repr(self, /)", "The text that makes the tuple.", repr),
];

/// A class of tuples with these fields, whose names are interned; the last ones have these defaults.
pub(super) fn new_class(vm: &mut Vm, name: &str, fields: &[Value], defaults: &[Value]) -> Gc<Class> {
    let base = vm.class_for(Type::Tuple);
    let text = vm.heap.intern(name);
    let class = Class::new(&mut vm.heap, text, Some(base), Layout::Tuple);
    class.construct.set(Some(&CONSTRUCT));
    vm.add_methods(class, METHODS);
    let values = Dict::new(&mut vm.heap);
    for (field, value) in fields.iter().rev().zip(defaults.iter().rev()) {
        if let Some(field) = field.as_str() {
            values.table.put_str(field, *value);
        }
    }
    let fields = Tuple::new(&mut vm.heap, fields).value();
    for (name, value) in [("_fields", fields), ("_field_defaults", values.value())] {
        let name = vm.heap.intern(name);
        let _ = class.set_member(name, value);
    }
    let native = vm.native(&MAKE);
    let make = BoundMethod::new(&mut vm.heap, class.value(), native).value();
    let name = vm.heap.intern("_make");
    let _ = class.set_member(name, make);
    class
}

/// The fields of a class.
fn fields_of(vm: &mut Vm, class: Gc<Class>) -> Gc<Tuple> {
    let fields = class.lookup(vm.sym(Sym::Fields)).and_then(|fields| fields.as_object::<Tuple>());
    fields.unwrap_or_else(|| Tuple::new(&mut vm.heap, &[]))
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(class) = args.at(0).as_object::<Class>() else {
        return Err(vm.type_error("a class is needed"));
    };
    let fields = fields_of(vm, class);
    let name = class.name.get();
    let name = name.as_str();
    let count = fields.items().len();
    let given = args.get(2..).unwrap_or(&[]);
    if given.len() > count {
        // The class is not counted, as `self` is not.
        let (most, were) = (count, given.len());
        return Err(vm.type_error(format!(
            "{name}() takes {most} positional argument{} but {were} {} given",
            if most == 1 { "" } else { "s" },
            if were == 1 { "was" } else { "were" }
        )));
    }
    let mut items = given.to_vec();
    items.resize(count, Value::UNDEF);
    if let Some(options) = args.given(1).and_then(|options| options.as_object::<Dict>()) {
        for (key, value) in options.table.items() {
            let key = key.as_str().map_or(key, |key| vm.heap.intern_str(key).value());
            let shown = key.as_str().map_or(String::new(), |key| key.as_str().to_string());
            match fields.items().iter().position(|field| *field == key) {
                Some(i) if i < given.len() => {
                    return Err(vm.type_error(format!("{name}() got multiple values for argument '{shown}'")));
                }
                Some(i) => items[i] = value,
                None => {
                    return Err(
                        vm.type_error(format!("{name}() got an unexpected keyword argument '{shown}'"))
                    );
                }
            }
        }
    }
    let defaults = vm.heap.intern("_field_defaults");
    let defaults = class.lookup(defaults).and_then(|defaults| defaults.as_object::<Dict>());
    let mut missing = Vec::new();
    for (item, field) in items.iter_mut().zip(fields.items()).filter(|(item, _)| item.is_undef()) {
        let Some(field) = field.as_str() else { continue };
        match defaults.and_then(|defaults| defaults.table.get_str(&field)) {
            Some(value) => *item = value,
            None => missing.push(format!("'{}'", field.as_str())),
        }
    }
    let list = match &missing[..] {
        [] => return Ok(Tuple::of_class(&mut vm.heap, &items, class).value()),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
    };
    let plural = if missing.len() == 1 { "" } else { "s" };
    Err(vm.type_error(format!(
        "{name}() missing {} required positional argument{plural}: {list}",
        missing.len()
    )))
}

fn make(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(class) = args.at(0).as_object::<Class>() else {
        return Err(vm.type_error("a class is needed"));
    };
    let items = vm.collect_list(args.at(1))?;
    let count = fields_of(vm, class).items().len();
    if items.len() != count {
        return Err(vm.type_error(format!("Expected {count} arguments, got {}", items.len())));
    }
    Ok(Tuple::of_class(&mut vm.heap, &items, class).value())
}

/// A named tuple, its class, and the names of its fields.
type Receiver = (Gc<Tuple>, Gc<Class>, Gc<Tuple>);

/// The receiver of a method, with its class and fields.
fn receiver(vm: &mut Vm, args: Args<'_>) -> Result<Receiver, Raised> {
    let tuple = args.at(0).as_object::<Tuple>();
    let Some((tuple, class)) = tuple.and_then(|tuple| Some((tuple, tuple.class()?))) else {
        return Err(vm.type_error("a tuple with fields is needed"));
    };
    Ok((tuple, class, fields_of(vm, class)))
}

fn as_dict(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (tuple, _, fields) = receiver(vm, args)?;
    let dict = Dict::new(&mut vm.heap);
    for (field, item) in fields.items().iter().zip(tuple.items()) {
        if let Some(field) = field.as_str() {
            dict.table.put_str(field, *item);
        }
    }
    Ok(dict.value())
}

fn replace(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (tuple, class, fields) = receiver(vm, args)?;
    let mut items = tuple.items().to_vec();
    let mut unknown = Vec::new();
    if let Some(options) = args.given(1).and_then(|options| options.as_object::<Dict>()) {
        for (key, value) in options.table.items() {
            let name = key.as_str().map_or(key, |key| vm.heap.intern_str(key).value());
            match fields.items().iter().position(|field| *field == name) {
                Some(i) if i < items.len() => items[i] = value,
                _ => unknown.push(key),
            }
        }
    }
    if unknown.is_empty() {
        return Ok(Tuple::of_class(&mut vm.heap, &items, class).value());
    }
    let unknown = List::new(&mut vm.heap, unknown).value();
    let unknown = vm.rooted(&[unknown], |vm| vm.repr(unknown))?;
    Err(vm.type_error(format!("Got unexpected field names: {unknown}")))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (tuple, class, fields) = receiver(vm, args)?;
    let mut text = class.name.get().as_str().to_string();
    text.push('(');
    for (i, (field, item)) in fields.items().iter().zip(tuple.items()).enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        if let Some(field) = field.as_str() {
            text.push_str(field.as_str());
        }
        text.push('=');
        let item = vm.rooted(&[fields.value()], |vm| vm.repr(*item))?;
        text.push_str(&item);
        vm.check_text(&text)?;
    }
    text.push(')');
    vm.make_str(&text)
}
