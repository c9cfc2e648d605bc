//! Tests of the verifier: what each rule rejects, and that nothing makes it panic.

use std::rc::Rc;

use toy_grammar::ast::Span;

use super::code::{Capture, Code, Constant, HandlerRange, HandlingRange, ImportPath, Params, Place};
use super::dump::dump;
use super::opcodes::{OPS, Op, Operand, Tail, Word};
use super::verify::verify;

const BUILTINS: usize = 3;
const SLOTS: usize = 4;

/// Good code with something of everything, ending in `ReturnNil`.
fn sample(words: &[Word]) -> Code {
    let inner = Code { words: vec![Word::abc(Op::ReturnNil, 0, 0, 0)], ..Code::default() };
    Code {
        name: "f".into(),
        qualified_name: "f".into(),
        words: words.iter().copied().chain([Word::abc(Op::ReturnNil, 0, 0, 0)]).collect(),
        constants: vec![Constant::Int(7), Constant::Str("s".into()), Constant::Float(0.5)],
        sites: vec!["a".into()],
        keywords: vec![vec!["k".into(), "l".into()]],
        imports: vec![ImportPath { path: vec!["m".into()], binds_first: true }],
        functions: super::code::Functions(vec![Rc::new(inner)]),
        registers: 8,
        ..Code::default()
    }
}

fn check(code: &Code) -> Result<(), String> {
    verify(code, BUILTINS, SLOTS)
}

#[track_caller]
fn accepts(words: &[Word]) {
    assert_eq!(check(&sample(words)), Ok(()));
}

#[track_caller]
fn rejects(words: &[Word], reason: &str) {
    rejects_code(&sample(words), reason);
}

#[track_caller]
fn rejects_code(code: &Code, reason: &str) {
    let message = check(code).err().unwrap_or_else(|| "accepted".to_string());
    assert!(message.contains(reason), "{message}");
}

fn abc(op: Op, a: u8, b: u8, c: u8) -> Word {
    Word::abc(op, a, b, c)
}

fn abx(op: Op, a: u8, bx: u16) -> Word {
    Word::abx(op, a, bx)
}

#[test]
fn words_must_be_instructions() {
    accepts(&[]);
    rejects(&[Word(0xff)], "no such instruction");
    rejects(&[Word::extra(0)], "an extra word without an instruction");
    rejects(&[abc(Op::GetAttr, 0, 0, 0), abc(Op::Move, 0, 0, 0)], "the extra word is of another kind");
    rejects(&[abc(Op::Test, 0, 0, 0), Word::extra(0)], "the extra word is of another kind");
    let mut code = sample(&[]);
    code.words = vec![abc(Op::GetAttr, 0, 0, 0)];
    rejects_code(&code, "the extra word is missing");
    code.words = Vec::new();
    rejects_code(&code, "no code");
}

#[test]
fn code_must_not_run_off_its_end() {
    let mut code = sample(&[]);
    code.words = vec![abc(Op::Move, 0, 0, 0)];
    rejects_code(&code, "runs off its end");
    code.words = vec![abc(Op::Test, 0, 0, 0), Word::jump(Op::Jump, -2)];
    rejects_code(&code, "runs off its end");
}

#[test]
fn registers_must_be_in_the_window() {
    accepts(&[abc(Op::Add, 7, 7, 7)]);
    rejects(&[abc(Op::Add, 8, 0, 0)], "a register outside");
    rejects(&[abc(Op::Add, 0, 8, 0)], "a register outside");
    rejects(&[abc(Op::Add, 0, 0, 8)], "a register outside");
    rejects(&[abc(Op::Yield, 8, 0, 0)], "a register outside");
    let mut code = sample(&[abc(Op::Move, 0, 250, 0)]);
    code.registers = 300;
    rejects_code(&code, "a register outside");
    code.words[0] = abx(Op::LoadFar, 0, 299);
    assert_eq!(check(&code), Ok(()));
    code.words[0] = abx(Op::LoadFar, 0, 300);
    rejects_code(&code, "a far register outside");
    code.words[0] = abx(Op::StoreFar, 0, 249);
    rejects_code(&code, "a far register outside");
    code.registers = 65_536;
    rejects_code(&code, "too many registers");
}

#[test]
fn windows_must_be_in_the_window() {
    let at_end = [
        vec![abc(Op::RangePrep, 6, 0, 0), Word::jump(Op::Jump, 0)],
        vec![abc(Op::RangeLoop, 6, 0, 0), Word::jump(Op::Jump, 0)],
        vec![abc(Op::Unpack, 7, 0, 2)],
        vec![abc(Op::UnpackStar, 5, 0, 1), Word::extra(2)],
        vec![abc(Op::GetSlice, 0, 5, 0)],
        vec![abc(Op::SetSlice, 5, 0, 0)],
        vec![abc(Op::DelSlice, 5, 0, 0)],
        vec![abc(Op::NewList, 0, 7, 2)],
        vec![abc(Op::NewTuple, 0, 7, 2)],
        vec![abc(Op::ListAppend, 0, 7, 2)],
        vec![abc(Op::Concat, 0, 7, 2)],
        vec![abc(Op::NewRange, 0, 7, 0)],
        vec![abc(Op::Format, 0, 7, 4)],
        vec![abc(Op::Call, 7, 1, 0)],
        vec![abc(Op::CallSlot, 7, 1, 0), Word::extra(0)],
        vec![abc(Op::CallMethod, 7, 0, 0), Word::extra(0)],
        vec![abc(Op::CallSuper, 7, 0, 0), Word::extra(0)],
        vec![abc(Op::CallKeywords, 6, 0, 0), Word::extra(0)],
        vec![abc(Op::CallMethodKeywords, 5, 0, 0), Word::extra(0), Word::extra(0)],
        vec![abc(Op::CallSpread, 6, 0, 0)],
        vec![abc(Op::WithEnter, 7, 0, 0)],
    ];
    for words in at_end {
        rejects(&words, "a window outside");
        let mut code = sample(&words);
        code.registers += 1;
        assert_eq!(check(&code), Ok(()), "{:?}", words[0]);
    }
    rejects(&[abc(Op::KeywordPut, 1, 0, 0)], "without a callee");
    accepts(&[abc(Op::KeywordPut, 2, 0, 0)]);
    let mut code = sample(&[abc(Op::Call, 249, 1, 0)]);
    code.registers = 300;
    rejects_code(&code, "a window outside");
}

#[test]
fn indices_must_be_in_their_tables() {
    accepts(&[abx(Op::LoadConst, 0, 2)]);
    rejects(&[abx(Op::LoadConst, 0, 3)], "no such constant");
    rejects(&[abc(Op::AddK, 0, 0, 3)], "no such constant");
    rejects(&[abx(Op::GetSlot, 0, 4)], "no such slot");
    rejects(&[abc(Op::CallSlot, 0, 0, 0), Word::extra(4)], "no such slot");
    rejects(&[abx(Op::GetBuiltin, 0, 3)], "no such builtin");
    rejects(&[abx(Op::GetUpvalue, 0, 0)], "no such upvalue");
    accepts(&[abx(Op::Closure, 0, 0)]);
    rejects(&[abx(Op::Closure, 0, 1)], "no such function");
    rejects(&[abc(Op::GetAttr, 0, 0, 0), Word::extra(1)], "no such site");
    rejects(&[abc(Op::CallKeywords, 0, 0, 0), Word::extra(1)], "no such keyword list");
    rejects(&[abc(Op::CallMethodKeywords, 0, 0, 0), Word::extra(1), Word::extra(0)], "no such site");
    rejects(&[abc(Op::CallMethodKeywords, 0, 0, 0), Word::extra(0), Word::extra(1)], "no such keyword list");
    rejects(&[abc(Op::Import, 0, 0, 0), Word::extra(1)], "no such import");
}

#[test]
fn operands_must_be_of_their_kind() {
    accepts(&[abc(Op::AddK, 0, 0, 0), abc(Op::MulK, 0, 0, 2)]);
    rejects(&[abc(Op::AddK, 0, 0, 1)], "a constant of the wrong kind");
    accepts(&[abc(Op::TestEqK, 0, 1, 0), Word::jump(Op::Jump, 0)]);
    rejects(&[abc(Op::Move, 0, 0, 1)], "an operand that is not used");
    rejects(&[abc(Op::Test, 0, 2, 0), Word::jump(Op::Jump, 0)], "a flag");
    rejects(&[abc(Op::Format, 0, 0, 8)], "no such conversion");
    rejects(&[abc(Op::Aug, 0, 0, 0), Word::extra(12)], "no such operator");
    accepts(&[abc(Op::NewClass, 0, 0, 0), Word::extra(1)]);
    rejects(&[abc(Op::NewClass, 0, 0, 0), Word::extra(0)], "a class whose name is no string");
    rejects(&[abc(Op::Yield, 0, 0, 0)], "a yield outside a generator");
}

#[test]
fn jumps_must_reach_instructions_and_loops_have_safepoints() {
    accepts(&[Word::jump(Op::Jump, 0)]);
    rejects(&[Word::jump(Op::Jump, 1)], "a jump to where no instruction is");
    rejects(&[Word::jump(Op::Jump, -2)], "a jump to where no instruction is");
    let into_an_extra_word = [Word::jump(Op::Jump, 1), abc(Op::GetAttr, 0, 0, 0), Word::extra(0)];
    rejects(&into_an_extra_word, "a jump to where no instruction is");
    rejects(&[Word::jump(Op::Jump, -1)], "a jump back without a safepoint");
    rejects(&[abc(Op::Test, 0, 0, 0), Word::jump(Op::Jump, -2)], "a jump back without a safepoint");
    accepts(&[Word::jump(Op::Loop, -1)]);
    accepts(&[abc(Op::ForLoop, 0, 0, 0), Word::jump(Op::Jump, -2)]);
}

#[test]
fn ranges_and_places_must_fit_the_code() {
    let handler = HandlerRange { start: 0, end: 1, target: 1, register: 7, cleanup: false };
    let handling = HandlingRange { start: 0, end: 2, register: 7 };
    let good = || {
        let mut code = sample(&[abc(Op::Move, 0, 0, 0)]);
        code.handlers.push(handler);
        code.handling.push(handling);
        code
    };
    assert_eq!(check(&good()), Ok(()));
    type Break = fn(&mut Code);
    let broken: [(Break, &str); 7] = [
        (|code| code.handlers[0].end = 0, "an exception range of no instructions"),
        (|code| code.handlers[0].end = 3, "an exception range of no instructions"),
        (|code| code.handlers[0].target = 2, "a handler where no instruction is"),
        (|code| code.handlers[0].register = 8, "a handler's register outside"),
        (|code| code.handling[0].start = 2, "a handling range of no instructions"),
        (|code| code.handling[0].register = 8, "a handled exception outside"),
        (|code| code.places = vec![place(1), place(0)], "places out of order"),
    ];
    for (breaks, reason) in broken {
        let mut code = good();
        breaks(&mut code);
        rejects_code(&code, reason);
    }
}

fn place(pc: u32) -> Place {
    Place { pc, span: Span::default(), anchor: Span::default() }
}

#[test]
fn parameters_must_fit_the_registers() {
    let with = |params: Params| {
        let mut code = sample(&[]);
        code.params = params;
        code
    };
    let names: Vec<Rc<str>> = (0..8).map(|i| format!("p{i}").into()).collect();
    let params = Params { names, positional: 8, has_default: vec![false; 8], ..Params::default() };
    assert_eq!(check(&with(params.clone())), Ok(()));
    rejects_code(
        &with(Params { rest: Some("r".into()), ..params.clone() }),
        "parameters outside the registers",
    );
    rejects_code(&with(Params { positional: 9, ..params.clone() }), "more positional parameters");
    rejects_code(&with(Params { positional_only: 9, ..params.clone() }), "more positional-only parameters");
    rejects_code(
        &with(Params { has_default: Vec::new(), ..params.clone() }),
        "without a note of its default",
    );
    let mut method = with(params);
    method.is_method = true;
    rejects_code(&method, "a method without self");
}

#[test]
fn captures_must_be_there() {
    let capturing = |capture: Capture| {
        let mut code = sample(&[]);
        let inner =
            Code { words: vec![abc(Op::ReturnNil, 0, 0, 0)], captures: vec![capture], ..Code::default() };
        code.functions[0] = Rc::new(inner);
        code
    };
    assert_eq!(check(&capturing(Capture::Register(7))), Ok(()));
    rejects_code(&capturing(Capture::Register(8)), "a captured register outside");
    rejects_code(&capturing(Capture::Upvalue(0)), "a captured upvalue that is none");
    let inner = capturing(Capture::Register(0)).functions[0].clone();
    rejects_code(&inner, "cannot stand alone");
}

#[test]
fn functions_inside_are_checked_too() {
    let mut code = sample(&[]);
    code.functions[0] = Rc::new(sample(&[abc(Op::Move, 8, 0, 0)]));
    rejects_code(&code, "a register outside");
}

#[test]
fn the_table_is_consistent() {
    for (number, info) in OPS.iter().enumerate() {
        assert_eq!(info.op as usize, number);
        let [_, b, c] = info.operands;
        assert!(!super::verify::is_wide(b) || c == Operand::None, "{}", info.name);
        assert!(!super::verify::is_wide(c), "{}", info.name);
    }
    assert_eq!(Op::CallMethodKeywords.info().tail, Tail::SiteKeywords);
}

/// Real programs with every word changed in many ways: the verifier takes them or not, but never panics,
/// and neither does the text of what it takes.
#[test]
fn random_words_never_panic() {
    let source = include_str!("../compiler/tests_sample.toy");
    let parsed = toy_grammar::parse(source);
    let module = parsed.module.unwrap_or_else(|| panic!("{:?}", parsed.errors));
    let builtins = ["print", "range", "Exception", "AssertionError", "ValueError"];
    let env = crate::compiler::Environment { builtins: &builtins, slots: &[], interactive: false };
    let compiled = match crate::compiler::compile(&module, source, &env) {
        Ok(code) => code,
        Err(errors) => panic!("{errors:?}"),
    };
    let slots = compiled.slots.len();
    assert_eq!(verify(&compiled, builtins.len(), slots), Ok(()));
    let mut random: u64 = 42;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let (mut accepted, mut rejected) = (0, 0);
    let mut waiting = vec![compiled.clone()];
    while let Some(code) = waiting.pop() {
        waiting.extend(code.functions.iter().cloned());
        for _ in 0..2000 {
            let at = next() as usize % code.words.len();
            let word = match next() % 3 {
                0 => Word(next() as u32),
                1 => Word(code.words[at].0 ^ 1 << (next() % 32)),
                _ => code.words[next() as usize % code.words.len()],
            };
            let mut words = code.words.clone();
            words[at] = word;
            let mutant = Code {
                words,
                captures: Vec::new(),
                constants: code.constants.clone(),
                sites: code.sites.clone(),
                keywords: code.keywords.clone(),
                imports: code.imports.clone(),
                functions: code.functions.clone(),
                params: code.params.clone(),
                handlers: code.handlers.clone(),
                handling: code.handling.clone(),
                places: code.places.clone(),
                registers: code.registers,
                is_generator: code.is_generator,
                ..Code::default()
            };
            match verify(&mutant, builtins.len(), slots) {
                Ok(()) => {
                    accepted += 1;
                    dump(&mutant, source);
                }
                Err(_) => rejected += 1,
            }
        }
    }
    assert!(accepted > 100 && rejected > 1000, "{accepted} accepted, {rejected} rejected");
}
