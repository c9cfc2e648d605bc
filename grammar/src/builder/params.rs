//! Parameter lists: their order, their stars and slash, their names.

use rustc_hash::FxHashSet;

use super::{Builder, Mark, Placed};
use crate::ast::*;

/// A parameter as written, before the whole list is known.
#[derive(Debug)]
pub(super) enum RawParam {
    Named(Param),
    Star(Span),
    Slash(Span),
}

impl Builder<'_> {
    pub fn mark_params(&mut self) -> Mark {
        Mark(self.params.len() as u32)
    }

    pub fn param(&mut self, name: Ident, default: Option<Placed>) {
        let default = default.map(|default| default.expr);
        self.params.push(RawParam::Named(Param { name, kind: ParamKind::Normal, default }));
    }

    pub fn bare_star(&mut self, start: u32, end: u32) {
        self.params.push(RawParam::Star(Span::new(start, end)));
    }

    pub fn slash(&mut self, start: u32, end: u32) {
        self.params.push(RawParam::Slash(Span::new(start, end)));
    }

    /// `*rest` or `**options`.
    pub fn rest(&mut self, _start: u32, name: Ident, kind: ParamKind, default: Option<Placed>) {
        if let Some(default) = default {
            let which = if kind == ParamKind::Rest { "var-positional" } else { "var-keyword" };
            let message = format!("{which} argument cannot have default value");
            self.error("invalid-parameter", default.span(), message);
        }
        self.params.push(RawParam::Named(Param { name, kind, default: None }));
    }

    /// The list is complete: checks it and gives each parameter its kind.
    pub fn params(&mut self, mark: Mark) -> Vec<Param> {
        let raw: Vec<RawParam> = self.params.drain(mark.0 as usize..).collect();
        let mut params: Vec<Param> = Vec::with_capacity(raw.len());
        let mut wrong = |span, message| {
            self.error("invalid-parameter", span, message);
        };
        let (mut slash, mut starred, mut options, mut defaults) = (false, false, false, false);
        // A bare `*` that no parameter has followed yet.
        let mut bare = None;
        for raw in raw {
            let span = match &raw {
                RawParam::Named(param) => param.name.span,
                RawParam::Star(span) | RawParam::Slash(span) => *span,
            };
            if options {
                wrong(span, "arguments cannot follow var-keyword argument");
            }
            let star = match &raw {
                RawParam::Star(_) => true,
                RawParam::Named(param) => param.kind == ParamKind::Rest,
                RawParam::Slash(_) => false,
            };
            if star {
                if starred {
                    wrong(span, "* argument may appear only once");
                }
                starred = true;
            }
            match raw {
                RawParam::Star(_) => bare = Some(span),
                RawParam::Slash(_) => {
                    if slash {
                        wrong(span, "/ may appear only once");
                    } else if starred {
                        wrong(span, "/ must be ahead of *");
                    } else if params.is_empty() {
                        wrong(span, "at least one argument must precede /");
                    }
                    slash = true;
                    if !starred {
                        params.iter_mut().for_each(|param| param.kind = ParamKind::PositionalOnly);
                    }
                }
                RawParam::Named(mut param) => {
                    match param.kind {
                        ParamKind::Options => {
                            options = true;
                            if let Some(star) = bare {
                                wrong(star, "named arguments must follow bare *");
                            }
                        }
                        ParamKind::Rest => {}
                        _ if starred => param.kind = ParamKind::KeywordOnly,
                        _ => {
                            if defaults && param.default.is_none() {
                                wrong(span, "parameter without a default follows parameter with a default");
                            }
                            defaults |= param.default.is_some();
                        }
                    }
                    bare = None;
                    params.push(param);
                }
            }
        }
        if let Some(star) = bare {
            wrong(star, "named arguments must follow bare *");
        }
        self.check_distinct(&params);
        params
    }

    fn check_distinct(&mut self, params: &[Param]) {
        let mut seen = FxHashSet::default();
        for (index, param) in params.iter().enumerate() {
            let name = &param.name.name;
            // Of few, each is compared with those before; that is quicker than a table.
            let fresh = if params.len() < 16 {
                !params[..index].iter().any(|other| other.name.name == *name)
            } else {
                seen.insert(name.clone())
            };
            if !fresh && &**name != "_" {
                let first = params.iter().find(|other| other.name.name == *name).map(|other| other.name.span);
                let message = format!("duplicate argument '{name}' in function definition");
                let error = self.error("duplicate-parameter", param.name.span, message);
                error.label = "again here".to_owned();
                if let Some(first) = first {
                    error.related.push((first, format!("'{name}' is a parameter here")));
                }
            }
        }
    }

    pub fn function(&mut self, start: u32, params: Vec<Param>, body: FunctionBody, end: u32) -> Function {
        Function { span: Span::new(start, end), params, body, doc: None }
    }
}
