//! `random`: numbers as if by chance, those that Python gives for the same seed.
//!
//! `twister.rs` makes words of 32 bits, `whole.rs` ints of them, `choose.rs` picks items, `spread.rs` has the
//! distributions. Here are the declarations, seeds and states. Each function is declared once and stands in two tables:
//! of the module, where it works on a source of its own, and of the classes. What is hard is to use up exactly the words
//! that Python does.

mod choose;
mod spread;
mod twister;
mod whole;

use std::cell::{Cell, RefCell};

use num_bigint::{BigInt, Sign};
use sha2::{Digest, Sha512};

use self::twister::{Twister, WORDS};
use crate::heap::Tracer;
use crate::value::{Bytes, Class, Foreign, ForeignData, Gc, Layout, Module, NativeDef, Tuple, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, StdlibState, Type, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "random",
    doc: "Numbers as if by chance: for the same seed the same ones, and the ones of Python. Not for secrets, but for \
          those of `SystemRandom`. Left out: subclasses of `Random`, and states of Python 2.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

/// What a function of this module is: it gets the source apart from its arguments, and may leave values on `vm.roots`.
type Drawing = fn(&mut Vm, &Source, Args<'_>) -> NativeResult;

macro_rules! drawings {
    ($($name:literal ($($params:literal)?) $doc:literal => $function:path;)*) => {
        const FUNCTIONS: &[NativeDef] = &[$(
            NativeDef::new(concat!($name, "(" $(, $params)?, ")"), $doc, |vm, args| shared(vm, args, $function))
        ),*];
        const METHODS: &[NativeDef] = &[$(
            NativeDef::new(concat!($name, "(self" $(, ", ", $params)?, ")"), $doc, |vm, args| own(vm, args, $function))
        ),*];
    };
}

drawings! {
    "betavariate" ("alpha, beta") "A float of the beta distribution." => spread::beta;
    "binomialvariate" ("n=1, p=0.5") "How many of n trials succeed that do so with a chance of p each."
        => spread::binomial;
    "choice" ("seq") "An item of a sequence." => choose::choice;
    "choices" ("population, weights=nil, *, cum_weights=nil, k=1")
        "A list of k items, of which each may come again; the weights say how likely they are." => choose::choices;
    "expovariate" ("lambd=1.0") "A float of the exponential distribution with a mean of 1 / lambd."
        => spread::exponential;
    "gammavariate" ("alpha, beta") "A float of the gamma distribution." => spread::gamma;
    "gauss" ("mu=0.0, sigma=1.0") "A float of the normal distribution; they are made in pairs." => spread::gauss;
    "getrandbits" ("k, /") "An int of k bits." => whole::getrandbits;
    "getstate" () "What `setstate` takes to have the same numbers again." => getstate;
    "lognormvariate" ("mu, sigma") "A float whose logarithm is of the normal distribution." => spread::log_normal;
    "normalvariate" ("mu=0.0, sigma=1.0") "A float of the normal distribution." => spread::normal;
    "paretovariate" ("alpha") "A float of the Pareto distribution." => spread::pareto;
    "randbytes" ("n") "So many bytes." => whole::randbytes;
    "randint" ("a, b") "An int from a to b, both included." => whole::randint;
    "random" () "A float from 0 to below 1." => spread::random;
    "randrange" ("start, stop=nil, step=1") "An int of the range." => whole::randrange;
    "sample" ("population, k, *, counts=nil") "A list of k items from different places of a sequence."
        => choose::sample;
    "seed" ("a=nil, version=2") "Starts anew, from a seed or from what the system has by chance." => seed;
    "setstate" ("state") "Goes on from a state that `getstate` gave." => setstate;
    "shuffle" ("x") "Brings the items of a list into another order." => choose::shuffle;
    "triangular" ("low=0.0, high=1.0, mode=nil") "A float between two others, most likely one near the mode."
        => spread::triangular;
    "uniform" ("a, b") "A float between two others." => spread::uniform;
    "vonmisesvariate" ("mu, kappa") "An angle near mu." => spread::von_mises;
    "weibullvariate" ("alpha, beta") "A float of the Weibull distribution." => spread::weibull;
}

static RANDOM: NativeDef =
    NativeDef::new("Random(cls, x=nil)", "A source of its own, with a seed.", construct);
static SYSTEM: NativeDef =
    NativeDef::new("SystemRandom(cls, x=nil)", "A source that asks the system each time.", construct_system);

/// Where numbers come from.
struct Source {
    /// None for the system.
    twister: Option<RefCell<Twister>>,
    /// The second one of a pair that `gauss` made.
    gauss_next: Cell<Option<f64>>,
}

impl ForeignData for Source {
    fn trace(&self, _: &mut Tracer) {}

    fn bytes(&self) -> usize {
        if self.twister.is_some() { WORDS * size_of::<u32>() } else { 0 }
    }

    fn copied(&self, vm: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        let Some(twister) = &self.twister else { return Some(Err(no_state(vm))) };
        let twister = Some(RefCell::new(twister.borrow().clone()));
        let copy = Source { twister, gauss_next: self.gauss_next.clone() };
        Some(Ok(Foreign::new(&mut vm.heap, object.class, copy)))
    }
}

impl Source {
    fn word(&self, vm: &mut Vm) -> Result<u32, Raised> {
        match &self.twister {
            Some(twister) => Ok(twister.borrow_mut().word()),
            None => system_words(vm, 1).map(|words| words.first().copied().unwrap_or(0)),
        }
    }

    /// A float from 0 to below 1, with 53 bits.
    fn float(&self, vm: &mut Vm) -> Result<f64, Raised> {
        let high = f64::from(self.word(vm)? >> 5);
        let low = f64::from(self.word(vm)? >> 6);
        Ok((high * 67_108_864.0 + low) * (1.0 / 9_007_199_254_740_992.0))
    }
}

/// Floats from 0 to below 1: of a source with this seed, or for nil of the one that the module's functions share.
pub(super) fn floats(vm: &mut Vm, seed: Value, count: usize) -> Result<Vec<f64>, Raised> {
    vm.reserve(count.saturating_mul(size_of::<f64>()))?;
    let mut floats = Vec::with_capacity(count);
    let own = Shared::default();
    let mut shared = None;
    if seed.is_nil() {
        vm.native_module(&MODULE)?;
        shared = Some(vm.state::<Shared>());
    } else {
        reseed(vm, &own.0, seed, true)?;
    }
    let source = shared.as_ref().map_or(&own.0, |shared| &shared.0);
    for i in 0..count {
        floats.push(source.float(vm)?);
        if i & 0xFFF == 0xFFF {
            vm.check_interrupt()?;
        }
    }
    Ok(floats)
}

/// In a copy of the process: it shall not have the luck of the original.
pub(super) fn after_fork(vm: &mut Vm) -> Result<(), Raised> {
    if !vm.modules.contains_key(MODULE.name) {
        return Ok(());
    }
    let shared = vm.state::<Shared>();
    reseed(vm, &shared.0, Value::NIL, true)
}

/// The source that the functions of the module share.
struct Shared(Source);

impl Default for Shared {
    fn default() -> Shared {
        let twister = Some(RefCell::new(Twister::seeded(&[])));
        Shared(Source { twister, gauss_next: Cell::new(None) })
    }
}

impl StdlibState for Shared {
    fn trace(&self, _: &mut Tracer) {}
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let state = vm.state::<Shared>();
    reseed(vm, &state.0, Value::NIL, true)?;
    let object = vm.class_for(Type::Object);
    let name = vm.heap.intern("Random");
    let random = Class::new(&mut vm.heap, name, Some(object), Layout::Native);
    vm.add_methods(random, METHODS);
    random.construct.set(Some(&RANDOM));
    module.set(name, random.value());
    let name = vm.heap.intern("SystemRandom");
    let system = Class::new(&mut vm.heap, name, Some(random), Layout::Native);
    system.construct.set(Some(&SYSTEM));
    module.set(name, system.value());
    Ok(())
}

fn shared(vm: &mut Vm, args: Args<'_>, drawing: Drawing) -> NativeResult {
    let state = vm.state::<Shared>();
    rooting(vm, &state.0, args, drawing)
}

fn own(vm: &mut Vm, args: Args<'_>, drawing: Drawing) -> NativeResult {
    match args.at(0).foreign::<Source>() {
        Some(source) => rooting(vm, source, Args::new(args.slice().get(1..).unwrap_or(&[])), drawing),
        None => Err(vm.type_error("the receiver is of another type")),
    }
}

fn rooting(vm: &mut Vm, source: &Source, args: Args<'_>, drawing: Drawing) -> NativeResult {
    let mark = vm.roots.len();
    let result = drawing(vm, source, args);
    vm.roots.truncate(mark);
    result
}

fn make(vm: &mut Vm, class: Value, twister: Option<RefCell<Twister>>) -> Result<Gc<Foreign>, Raised> {
    match class.as_object::<Class>() {
        Some(class) => {
            let source = Source { twister, gauss_next: Cell::new(None) };
            Ok(Foreign::new(&mut vm.heap, class, source))
        }
        None => Err(vm.type_error("a class is needed")),
    }
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let made = make(vm, args.at(0), Some(RefCell::new(Twister::seeded(&[]))))?;
    if let Some(source) = made.value().foreign::<Source>() {
        reseed(vm, source, args.or_nil(1), true)?;
    }
    Ok(made.value())
}

fn construct_system(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(make(vm, args.at(0), None)?.value())
}

fn system_words(vm: &mut Vm, count: usize) -> Result<Vec<u32>, Raised> {
    let mut bytes = vec![0; count * size_of::<u32>()];
    match super::os::random(&mut bytes) {
        Ok(()) => {}
        Err(error) => return Err(vm.os_error(&error, None)),
    }
    Ok(bytes
        .chunks_exact(4)
        .map(|word| word.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)))
        .collect())
}

fn seed(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let version = args.given(1).map_or(Some(2), Value::as_int);
    let a = args.or_nil(0);
    let a = match first_version(a).filter(|_| version == Some(1)) {
        Some(mixed) => vm.heap.big_int(BigInt::from(mixed)),
        None => a,
    };
    reseed(vm, source, a, version == Some(2))?;
    Ok(Value::NIL)
}

/// What version 1 makes of texts.
fn first_version(a: Value) -> Option<u64> {
    let letters: Vec<u64> = match (a.as_str(), a.as_object::<Bytes>()) {
        (Some(text), _) => text.as_str().chars().map(|c| u64::from(u32::from(c))).collect(),
        (_, Some(bytes)) => bytes.data.iter().map(|byte| u64::from(*byte)).collect(),
        _ => return None,
    };
    let start = letters.first().map_or(0, |first| first << 7);
    let mixed = letters.iter().fold(start, |mixed, letter| mixed.wrapping_mul(1_000_003) ^ letter);
    Some(mixed ^ letters.len() as u64)
}

/// Starts a source anew. Of a text all bits are taken `whole`, or its hash.
fn reseed(vm: &mut Vm, source: &Source, a: Value, whole: bool) -> Result<(), Raised> {
    let Some(twister) = &source.twister else { return Ok(()) };
    let text = match (a.as_str(), a.as_object::<Bytes>()) {
        (Some(text), _) => Some(text.as_str().as_bytes().to_vec()),
        (_, Some(bytes)) => Some(bytes.data.to_vec()),
        _ => None,
    };
    let number = match (vm.int_of(a), text) {
        (Some(int), _) => int.to_big().into_owned(),
        (_, Some(mut text)) if whole => {
            let digest = Sha512::digest(&text);
            text.extend_from_slice(&digest);
            BigInt::from_bytes_be(Sign::Plus, &text)
        }
        (_, text) if a.is_float() || text.is_some() => BigInt::from(vm.hash(a)?),
        _ if a.is_nil() => BigInt::from_slice(Sign::Plus, &system_words(vm, WORDS)?),
        _ => {
            return Err(vm.type_error("The only supported seed types are:\nnil, int, float, str, and bytes."));
        }
    };
    *twister.borrow_mut() = Twister::seeded(&number.magnitude().to_u32_digits());
    source.gauss_next.set(None);
    Ok(())
}

/// The state's version in Python.
const VERSION: i32 = 3;

fn no_state(vm: &mut Vm) -> Raised {
    vm.error(Exc::NotImplementedError, "System entropy source does not have state.")
}

fn getstate(vm: &mut Vm, source: &Source, _: Args<'_>) -> NativeResult {
    let Some(twister) = &source.twister else { return Err(no_state(vm)) };
    let items: Vec<Value> = {
        let twister = twister.borrow();
        let (words, next) = twister.state();
        let words = words.iter().map(|word| vm.heap.int(i64::from(*word)));
        words.chain([Value::len(next)]).collect()
    };
    let inner = Tuple::new(&mut vm.heap, &items).value();
    let gauss_next = source.gauss_next.get().map_or(Value::NIL, Value::float);
    Ok(Tuple::new(&mut vm.heap, &[Value::int32(VERSION), inner, gauss_next]).value())
}

fn setstate(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let Some(twister) = &source.twister else { return Err(no_state(vm)) };
    let version = vm.get_item(args.at(0), Value::int32(0))?;
    vm.roots.push(version);
    if !vm.eq(version, Value::int32(VERSION))? {
        let version = vm.str(version)?;
        return Err(vm.value_error(format!(
            "state with version {version} passed to Random.setstate() of version {VERSION}"
        )));
    }
    let parts = vm.unpack(args.at(0), 3)?;
    let [_, inner, gauss_next] = parts[..] else { return Ok(Value::NIL) };
    let Some(inner) = inner.as_object::<Tuple>() else {
        return Err(vm.type_error("state vector must be a tuple"));
    };
    let [words @ .., next] = inner.items() else {
        return Err(vm.value_error("state vector is the wrong size"));
    };
    if words.len() != WORDS {
        return Err(vm.value_error("state vector is the wrong size"));
    }
    let mut state = [0; WORDS];
    for (place, word) in state.iter_mut().zip(words) {
        let word = vm.expect_index(*word)?;
        match u64::try_from(word) {
            Ok(word) => *place = word as u32,
            Err(_) => return Err(vm.overflow_error("can't convert negative value to unsigned int")),
        }
    }
    let next = vm.expect_index(*next)?;
    match usize::try_from(next).ok().and_then(|next| Twister::from_state(state, next)) {
        Some(new) => *twister.borrow_mut() = new,
        None => return Err(vm.value_error("invalid state")),
    }
    source.gauss_next.set(match gauss_next {
        nil if nil.is_nil() => None,
        number => Some(vm.expect_float(number)?),
    });
    Ok(Value::NIL)
}
