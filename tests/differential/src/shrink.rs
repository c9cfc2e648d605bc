//! Making a program that shows a difference small: statements are taken out as long as what is left still shows one.
//!
//! A program that Toy refuses to compile is no smaller one, for it shows nothing; nor is one whose difference is only
//! that a name is gone.

use std::io;
use std::time::{Duration, Instant};

use toy_grammar::ast::{Block, ExprKind, FunctionBody, MemberKind, Span, Stmt, StmtKind};

use crate::sides::{End, Python};
use crate::{Difference, Verdict, compare};

/// How long is tried at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// The smallest program found that still shows a difference.
pub fn shrink(python: &mut Python, difference: Difference) -> io::Result<Difference> {
    let mut best = difference;
    let start = Instant::now();
    loop {
        let Some(module) = toy_grammar::parse(&best.toy).module else { return Ok(best) };
        let mut spans = Vec::new();
        statements(&module.body, &mut spans);
        // The longest first: they take the most away.
        spans.sort_by_key(|span| std::cmp::Reverse(span.end - span.start));
        let mut smaller = None;
        for span in spans {
            if start.elapsed() > PATIENCE {
                return Ok(best);
            }
            let (before, after) = (&best.toy[..span.start as usize], &best.toy[span.end as usize..]);
            let candidate = format!("{before}{after}");
            if let Verdict::Different(found) = compare(python, &candidate)?
                && shows_something(&found)
            {
                smaller = Some(*found);
                break;
            }
        }
        match smaller {
            Some(found) => best = found,
            None => {
                best.toy = without_empty_lines(&best.toy);
                return Ok(best);
            }
        }
    }
}

fn shows_something(difference: &Difference) -> bool {
    let breaks =
        |end: &End| matches!(end, End::Raised(class, _) if class == "SyntaxError" || class == "NameError");
    !breaks(&difference.toy_ended.end) && !breaks(&difference.python_ended.end)
}

fn without_empty_lines(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn statements(body: &[Stmt], spans: &mut Vec<Span>) {
    for statement in body {
        spans.push(statement.span);
        let mut block = |block: &Block| statements(&block.body, spans);
        match &statement.kind {
            StmtKind::If { branches, otherwise } => {
                branches.iter().for_each(|(_, body)| block(body));
                otherwise.iter().for_each(block);
            }
            StmtKind::While { body, .. } | StmtKind::For { body, .. } | StmtKind::With { body, .. } => {
                block(body)
            }
            StmtKind::Block(body) => block(body),
            StmtKind::Try(t) => {
                block(&t.body);
                t.handlers.iter().for_each(|handler| block(&handler.body));
                t.otherwise.iter().chain(&t.finally).for_each(block);
            }
            StmtKind::Function(decl) => {
                if let FunctionBody::Block(body) = &decl.function.body {
                    block(body);
                }
            }
            StmtKind::Class(decl) => {
                for member in &decl.members {
                    spans.push(member.span);
                    if let MemberKind::Method { function, .. } = &member.kind
                        && let FunctionBody::Block(body) = &function.body
                    {
                        statements(&body.body, spans);
                    }
                }
            }
            StmtKind::Expr(e) => {
                if let ExprKind::Call { args, .. } = &e.kind {
                    functions(args, spans);
                }
            }
            _ => {}
        }
    }
}

/// The statements of functions that are arguments.
fn functions(args: &[toy_grammar::ast::Arg], spans: &mut Vec<Span>) {
    for arg in args {
        if let toy_grammar::ast::Arg::Positional(e) = arg
            && let ExprKind::Function(function) = &e.kind
            && let FunctionBody::Block(body) = &function.body
        {
            statements(&body.body, spans);
        }
    }
}
