//! Toy: a small dynamic language with Python's words and run-time model, in braces, with lexical scope.
//!
//! The library runs programs inside others. It reads, writes and waits only through a [`host::Host`], and never
//! ends the process: [`Interpreter::finish`] says how it should end.
//!
//! ```
//! use toy::{Config, Interpreter};
//! # use toy::host::{Host, Signal, Stream, SystemHost};
//! let host = SystemHost::new(|| None);
//! let mut interpreter = Interpreter::new(Config::new(Box::new(host)));
//! interpreter.run_source("sum.toy", "assert 1 + 2 == 3");
//! assert_eq!(interpreter.finish().status, toy::shutdown::ExitStatus::Code(0));
//! ```

pub mod bytecode;
pub mod compiler;
pub mod explain;
pub mod heap;
pub mod host;
mod interpreter;
pub mod lint;
pub mod manual;
pub mod report;
pub mod session;
pub mod shutdown;
pub mod stdlib;
pub mod text;
pub mod timeline;
pub mod value;
pub mod vm;

pub use interpreter::{Config, Interpreter, LoadError, NotLoaded, compile, decode_source};
pub use session::{Entered, Session};

/// The code that these pages show is compiled and run with the other examples of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../docs/embedding.md")]
#[doc = include_str!("../docs/shutdown/19-embedding.md")]
struct Embedding;
