//! Words of other languages, and words of Toy where a name is wanted.

use super::{Scene, invalid};
use crate::ast::Span;
use crate::diagnostic::Diagnostic;
use crate::lexer::Kind;

/// Words that other languages have, and what Toy has in their place.
const FOREIGN: &[(&str, &str)] = &[
    ("def", "functions are declared with `fn`"),
    ("function", "functions are declared with `fn`"),
    ("func", "functions are declared with `fn`"),
    ("fun", "functions are declared with `fn`"),
    ("lambda", "a function value is written `fn(x) => …`"),
    ("elif", "write `else if`"),
    ("elsif", "write `else if`"),
    ("elseif", "write `else if`"),
    ("catch", "write `except`, as in `except ValueError as e { … }`"),
    ("throw", "write `raise`"),
    ("global", "Toy needs none: an assignment finds the declaration outside"),
    ("nonlocal", "Toy needs none: an assignment finds the declaration outside"),
    ("pass", "leave the block empty: `{}`"),
    ("new", "a class is called like a function: `Name(…)`"),
    ("extends", "write `class Name(Base) { … }`"),
    ("foreach", "write `for x in xs { … }`"),
    ("loop", "write `while true { … }`"),
    ("switch", "write `if … else if …`"),
    ("case", "write `if … else if …`"),
    ("unless", "write `if not …`"),
    ("until", "write `while not …`"),
    ("then", "the branch stands in braces: `if test { … }`"),
    ("mut", "declare the name with `var`"),
    ("end", "a block is closed by `}`"),
    ("delete", "write `del`"),
    ("instanceof", "write `isinstance(x, Class)`"),
    ("require", "write `import name`"),
    ("include", "write `import name`"),
    ("use", "write `import name`"),
    ("struct", "declare a class"),
    ("enum", "declare a class"),
    ("interface", "declare a class"),
];

/// Words at the head of a statement that wants more, which are misspelt easily.
const HEADS: &[&str] = &[
    "assert", "class", "except", "finally", "for", "from", "import", "let", "raise", "return", "try", "var",
    "while", "with", "yield",
];

impl Scene<'_> {
    pub(super) fn explain_word(&self) -> Option<Diagnostic> {
        self.explain_print()
            .or_else(|| self.explain_foreign())
            .or_else(|| self.explain_keyword())
            .or_else(|| self.explain_misspelt())
    }

    /// `print x`
    fn explain_print(&self) -> Option<Diagnostic> {
        let before = self.before()?;
        let fits = self.text_of(before) == "print"
            && self.at == self.statement + 1
            && self.kind().is_some_and(Kind::starts_expression);
        fits.then(|| {
            let message = "Missing parentheses in call to 'print'. Did you mean print(...)?";
            Diagnostic::new("missing-parentheses", Span::new(before.start, self.span().end), message)
        })
    }

    fn explain_foreign(&self) -> Option<Diagnostic> {
        let starts = |kind: Option<Kind>| {
            kind.is_some_and(|kind| {
                kind.starts_expression() || matches!(kind, Kind::Colon | Kind::BlockOpen | Kind::BraceClose)
            })
        };
        let mut places = vec![self.at];
        if starts(self.kind()) {
            places.extend(self.at.checked_sub(1).filter(|&index| index >= self.statement));
        }
        if starts(self.kind_at(self.statement + 1)) {
            places.push(self.statement);
        }
        // `function(x) { … }` for a value.
        if self.kind() == Some(Kind::BlockOpen) && self.kind_before() == Some(Kind::ParenClose) {
            places.extend(self.paren_before().and_then(|open| open.checked_sub(1)));
        }
        // `catch` on the line below a `try` and its block.
        if self.kind() == Some(Kind::End) && self.expects("except") {
            places.insert(0, self.at + 1);
        }
        places.into_iter().find_map(|index| self.foreign(index))
    }

    /// The parenthesis whose partner is the token before.
    fn paren_before(&self) -> Option<usize> {
        let mut depth = 0usize;
        (self.statement..self.at).rev().find(|&index| {
            let kind = self.tokens[index].kind;
            if kind.closes() {
                depth += 1;
            } else if kind.opens() {
                depth -= 1;
            }
            depth == 0
        })
    }

    fn foreign(&self, index: usize) -> Option<Diagnostic> {
        if self.kind_at(index)? != Kind::Name || index > 0 && self.kind_at(index - 1) == Some(Kind::Dot) {
            return None;
        }
        let (word, help) = FOREIGN.iter().find(|(word, _)| *word == self.text(index))?;
        let error = Diagnostic::new("foreign-word", self.span_at(index), "invalid syntax");
        Some(error.label(format!("'{word}' is no word of Toy")).help(*help))
    }

    /// A word of the language where only a name can stand.
    fn explain_keyword(&self) -> Option<Diagnostic> {
        let kind = self.kind().filter(|kind| kind.is_word())?;
        if kind == Kind::SelfRef && self.in_params() {
            let message = "'self' is not in the parameter list";
            let error = Diagnostic::new("self-parameter", self.span(), message);
            return Some(error.help("leave it out: methods have `self` of their own accord"));
        }
        let naming = matches!(
            self.kind_before()?,
            Kind::Let | Kind::Var | Kind::Fn | Kind::Class | Kind::For | Kind::As | Kind::Import
        );
        (naming || self.in_params() && self.expects("name") && !self.expects("int")).then(|| {
            let word = self.text(self.at);
            invalid(self.span()).label(format!("'{word}' is a word of the language and no name"))
        })
    }

    /// `retrun x`: a name at the head of a statement, with something behind it that follows no name.
    fn explain_misspelt(&self) -> Option<Diagnostic> {
        let kind = self.kind()?;
        let fits = self.at == self.statement + 1
            && self.kind_before() == Some(Kind::Name)
            && (kind.starts_expression() || kind == Kind::BlockOpen);
        let word = self.text(self.statement);
        let meant = HEADS.iter().find(|head| fits && is_one_slip(word, head))?;
        let error = Diagnostic::new("misspelt-word", self.span_at(self.statement), "invalid syntax");
        Some(error.label(format!("'{word}' is no word of Toy")).help(format!("did you mean `{meant}`?")))
    }
}

/// Is one word the other with one letter changed, added or left out, or with two neighbours exchanged?
fn is_one_slip(wrong: &str, right: &str) -> bool {
    let (wrong, right) = (wrong.as_bytes(), right.as_bytes());
    let same = wrong.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (wrong, right) = (&wrong[same..], &right[same..]);
    match (wrong, right) {
        ([], [_]) | ([_], []) => true,
        ([_, rest @ ..], _) if rest == right => true,
        (_, [_, rest @ ..]) if rest == wrong => true,
        ([a, b, rest_wrong @ ..], [c, d, rest_right @ ..]) if (a, b) == (d, c) => rest_wrong == rest_right,
        ([_, rest_wrong @ ..], [_, rest_right @ ..]) => rest_wrong == rest_right,
        _ => false,
    }
}
