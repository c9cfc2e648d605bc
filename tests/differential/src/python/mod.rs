//! From Toy's syntax tree to Python source that does the same.
//!
//! The printer translates what both languages have; where they differ on purpose the text calls a function of
//! `prelude.py` (their names begin with `_t_`). A function, wherever it stands, is printed as a `def` before the
//! statement that holds it, inside a maker `_t_make_N` that takes the cells which it captures; the expression is a
//! call of the maker. Every expression is printed in parentheses, so that precedence needs no thought.

mod expr;
mod function;
mod literal;
mod names;
mod stmt;

use toy_grammar::ast::{Block, Module};

use names::Names;

/// The tree has something that has no translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untranslatable(pub String);

/// A Python string literal.
pub fn quoted(text: &str) -> String {
    literal::text(text)
}

type Printed<T> = Result<T, Untranslatable>;

/// Prints a program as Python source, which wants `prelude.py` in its namespace.
pub fn print(module: &Module) -> Result<String, Untranslatable> {
    let names = Names::of(module);
    let mut printer =
        Printer { names: &names, out: String::new(), indent: 0, fresh: 0, qualifier: Vec::new() };
    printer.statements(&module.body)?;
    Ok(printer.out)
}

struct Printer<'a> {
    names: &'a Names,
    out: String,
    indent: usize,
    /// Numbers for helpers.
    fresh: usize,
    /// The names of the classes around, for qualified names.
    qualifier: Vec<String>,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        for _ in 0..self.indent {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn indented(&mut self, print: impl FnOnce(&mut Self) -> Printed<()>) -> Printed<()> {
        self.indent += 1;
        let result = print(self);
        self.indent -= 1;
        result
    }

    fn fresh(&mut self, what: &str) -> String {
        self.fresh += 1;
        format!("_t_{what}_{}", self.fresh)
    }

    /// Cells that a block needs, then its statements. The block's head has been printed.
    fn block(&mut self, block: &Block) -> Printed<()> {
        self.indented(|printer| printer.block_body(block))
    }

    fn block_body(&mut self, block: &Block) -> Printed<()> {
        for cell in self.names.cells_of_block(block.span) {
            self.line(&format!("{cell} = _t_Cell()"));
        }
        self.statements(&block.body)?;
        self.line("pass");
        Ok(())
    }
}

fn refuse<T>(what: &str) -> Printed<T> {
    Err(Untranslatable(what.to_string()))
}
