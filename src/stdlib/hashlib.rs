//! `hashlib`: digests of bytes.

use std::cell::RefCell;

use sha2::digest::DynDigest;

use crate::heap::Tracer;
use crate::value::{Bytes, Class, Foreign, ForeignData, Gc, Module, NativeDef, Set, Table, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "hashlib",
    doc: "Digests of bytes. Left out: SHA-3, the options of BLAKE2 (size, key, salt, trees), `file_digest`, and the \
          derivation of keys from passwords.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("new(name, string=b'', *, usedforsecurity=true)", "The digest with this name.", new),
    NativeDef::new("md5(string=b'', *, usedforsecurity=true)", "MD5, which is broken.", |vm, args| {
        start(vm, "md5", args.given(0))
    }),
    NativeDef::new("sha1(string=b'', *, usedforsecurity=true)", "SHA-1, which is broken.", |vm, args| {
        start(vm, "sha1", args.given(0))
    }),
    NativeDef::new("sha224(string=b'', *, usedforsecurity=true)", "SHA-2 with 224 bits.", |vm, args| {
        start(vm, "sha224", args.given(0))
    }),
    NativeDef::new("sha256(string=b'', *, usedforsecurity=true)", "SHA-2 with 256 bits.", |vm, args| {
        start(vm, "sha256", args.given(0))
    }),
    NativeDef::new("sha384(string=b'', *, usedforsecurity=true)", "SHA-2 with 384 bits.", |vm, args| {
        start(vm, "sha384", args.given(0))
    }),
    NativeDef::new("sha512(string=b'', *, usedforsecurity=true)", "SHA-2 with 512 bits.", |vm, args| {
        start(vm, "sha512", args.given(0))
    }),
    NativeDef::new("blake2b(string=b'', /, *, usedforsecurity=true)", "BLAKE2 with 512 bits.", |vm, args| {
        start(vm, "blake2b", args.given(0))
    }),
    NativeDef::new("blake2s(string=b'', /, *, usedforsecurity=true)", "BLAKE2 with 256 bits.", |vm, args| {
        start(vm, "blake2s", args.given(0))
    }),
];

const METHODS: &[NativeDef] = &[
    NativeDef::new("update(self, obj, /)", "Takes in more bytes.", update),
    NativeDef::new("digest(self, /)", "The digest of what was taken in, as bytes.", digest),
    NativeDef::new(
        "hexdigest(self, /)",
        "The digest of what was taken in, in hexadecimal digits.",
        hex_digest,
    ),
    NativeDef::new("copy(self, /)", "Another one that has taken in the same.", copy),
    NativeDef::new("repr(self, /)", "A text for people who program.", repr),
];

/// Name, bytes of a block, and a fresh state.
type Algorithm = (&'static str, usize, fn() -> Box<dyn DynDigest>);

const ALGORITHMS: [Algorithm; 8] = [
    ("blake2b", 128, || Box::new(blake2::Blake2b512::default())),
    ("blake2s", 64, || Box::new(blake2::Blake2s256::default())),
    ("md5", 64, || Box::new(md5::Md5::default())),
    ("sha1", 64, || Box::new(sha1::Sha1::default())),
    ("sha224", 64, || Box::new(sha2::Sha224::default())),
    ("sha256", 64, || Box::new(sha2::Sha256::default())),
    ("sha384", 128, || Box::new(sha2::Sha384::default())),
    ("sha512", 128, || Box::new(sha2::Sha512::default())),
];

/// How many bytes are taken in between two looks for signals.
const CHUNK: usize = 1 << 18;

struct Hash {
    name: &'static str,
    block_size: usize,
    state: RefCell<Box<dyn DynDigest>>,
}

impl ForeignData for Hash {
    fn trace(&self, _: &mut Tracer) {}

    fn bytes(&self) -> usize {
        256
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        Some(match name {
            "name" => vm.heap.str(self.name),
            "block_size" => Value::len(self.block_size),
            "digest_size" => Value::len(self.state.borrow().output_size()),
            _ => return None,
        })
    }
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    hash_class(vm);
    for name in ["algorithms_available", "algorithms_guaranteed"] {
        let table = Table::new();
        for (algorithm, ..) in ALGORITHMS {
            table.put_str(vm.heap.intern(algorithm), Value::TRUE);
        }
        let set = Set::from_table(&mut vm.heap, table, false);
        let name = vm.heap.intern(name);
        module.add_slot(name, set.value());
    }
    Ok(())
}

fn new(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match args.at(0).as_str() {
        Some(name) => start(vm, name.as_str(), args.given(1)),
        None => Err(vm.type_error("name must be a string")),
    }
}

fn start(vm: &mut Vm, wanted: &str, data: Option<Value>) -> NativeResult {
    let wanted = wanted.to_lowercase();
    let Some((name, block_size, make)) = ALGORITHMS.iter().copied().find(|(name, ..)| *name == wanted) else {
        return Err(vm.value_error(format!("unsupported hash type {wanted}")));
    };
    let hash = Hash { name, block_size, state: RefCell::new(make()) };
    if let Some(data) = data {
        take_in(vm, &hash, data)?;
    }
    Ok(make_object(vm, hash))
}

fn make_object(vm: &mut Vm, hash: Hash) -> Value {
    let class = hash_class(vm);
    Foreign::new(&mut vm.heap, class, hash).value()
}

fn hash_class(vm: &mut Vm) -> Gc<Class> {
    struct Name;
    vm.class_once::<Name>(|vm| {
        let class = vm.new_native_class("HASH", METHODS);
        vm.describe(
            class,
            "A digest under way. Its attributes are `name`, `digest_size` and `block_size`, both in bytes.",
        );
        class
    })
}

/// Takes in a rooted value.
fn take_in(vm: &mut Vm, hash: &Hash, data: Value) -> Result<(), Raised> {
    let Some(bytes) = data.as_object::<Bytes>() else {
        return Err(vm.type_error(match data.as_str() {
            Some(_) => "Strings must be encoded before hashing",
            None => "object supporting the buffer API required",
        }));
    };
    for chunk in bytes.data.chunks(CHUNK) {
        hash.state.borrow_mut().update(chunk);
        if chunk.len() == CHUNK {
            vm.check_interrupt()?;
        }
    }
    Ok(())
}

fn receiver<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a Hash, Raised> {
    args.at(0).foreign::<Hash>().ok_or_else(|| vm.type_error("a hash object is needed"))
}

fn update(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let hash = receiver(vm, args)?;
    take_in(vm, hash, args.at(1))?;
    Ok(Value::NIL)
}

fn finished(vm: &mut Vm, args: Args<'_>) -> Result<Box<[u8]>, Raised> {
    Ok(receiver(vm, args)?.state.borrow().box_clone().finalize())
}

fn digest(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let digest = finished(vm, args)?;
    Ok(Bytes::new(&mut vm.heap, digest.into_vec()).value())
}

fn hex_digest(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let digest = finished(vm, args)?;
    Ok(vm.heap.str(&data_encoding::HEXLOWER.encode(&digest)))
}

fn copy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let hash = receiver(vm, args)?;
    let state = RefCell::new(hash.state.borrow().box_clone());
    Ok(make_object(vm, Hash { name: hash.name, block_size: hash.block_size, state }))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let name = receiver(vm, args)?.name;
    Ok(vm.heap.str(&format!("<{name} _hashlib.HASH object>")))
}
