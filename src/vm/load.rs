//! Loading: verified code becomes protos, with its constants as values and its names interned.

use std::rc::Rc;

use toy_grammar::deep::deep;

use super::Vm;
use crate::bytecode::code::{Code, Constant};
use crate::value::{Bytes, Gc, Module, Proto, Source, Str, Value};

impl Vm {
    /// Loads the code of a module's function. The module's slots must be there already and must not move.
    /// Nothing is collected meanwhile, so the parts need no roots.
    pub(crate) fn load(&mut self, code: &Rc<Code>, module: Gc<Module>, source: &Rc<Source>) -> Gc<Proto> {
        let functions =
            code.functions.iter().map(|function| deep(|| self.load(function, module, source))).collect();
        let constants = code.constants.iter().map(|constant| self.load_constant(constant)).collect();
        let names = code.sites.iter().map(|name| self.heap.intern(name).value()).collect();
        let params = code.params.names.iter().map(|name| self.heap.intern(name)).collect();
        let keywords = code
            .keywords
            .iter()
            .map(|names| names.iter().map(|name| self.heap.intern(name)).collect())
            .collect();
        let name: Gc<Str> = self.heap.intern(&code.name);
        let source = source.clone();
        Proto::new(
            &mut self.heap,
            code.clone(),
            module,
            source,
            name,
            constants,
            names,
            functions,
            params,
            keywords,
        )
    }

    fn load_constant(&mut self, constant: &Constant) -> Value {
        match constant {
            Constant::Int(i) => self.heap.int(*i),
            Constant::BigInt(digits) => match digits.parse() {
                Ok(int) => self.heap.big_int(int),
                Err(_) => Value::NIL, // the lexer lets only digits through
            },
            Constant::Float(f) => Value::float(*f),
            // Short texts are probably names and keys, which are compared a lot.
            Constant::Str(text) if text.len() <= 40 => self.heap.intern(text).value(),
            Constant::Str(text) => self.heap.str(text),
            Constant::Bytes(bytes) => Bytes::new(&mut self.heap, bytes.to_vec()).value(),
        }
    }
}
