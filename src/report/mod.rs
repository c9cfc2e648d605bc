//! What a person reads when something went wrong: tracebacks of exceptions, reports of errors in a program's text.
//!
//! [`traceback`] words an exception as CPython 3.13 does, to the character. [`diagnostics`] turns the compiler's
//! findings, which are plain data, into pages with the place marked ([`Style::Fancy`], the only use of miette) or
//! into lines that an editor can parse ([`Style::Plain`], [`Style::Short`], [`Style::Json`]). Everything here returns text; who prints it, and where
//! to, is decided elsewhere. What is hard is that programs are arbitrary: a line may have ten megabytes, a chain of
//! causes may bite its own tail, an exception's `str` may raise.

mod crop;
mod diagnostics;
mod fancy;
mod frame;
mod lines;
mod machine;
mod suggestion;
mod syntax_error;
mod traceback;
mod uncaught;
mod values;

pub use diagnostics::{Style, diagnostics};
pub use syntax_error::syntax_error;
pub use toy_grammar::diagnostic::{Diagnostic, Severity};
pub use traceback::traceback;
pub use uncaught::{Look, uncaught};
