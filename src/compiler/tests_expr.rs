//! The code of expressions.

use super::tests::code;

#[test]
fn local_operands_stay_in_place() {
    insta::assert_snapshot!(
        code("fn f(a, b) => a + b * a"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b) => a + b * a
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b): 4 registers
           1 | fn f(a, b) => a + b * a
               0000  Mul            r3 = r1, r0
               0001  Add            r2 = r0, r3
               0002  Return         r2
        "#
    );
}

#[test]
fn small_ints_and_constants_are_operands() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            return a + 1 - 2, a - 200, a * 2.5, a // 3 % 7, a & 255, 1 + a
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 8 registers
           2 | return a + 1 - 2, a - 200, a * 2.5, a // 3 % 7, a & 255, 1 + a
               0000  AddI           r2 = r0, 1
               0001  SubI           r2 = r2, 2
               0002  SubK           r3 = r0, 200
               0003  MulK           r4 = r0, 2.5
               0004  FloorDivK      r5 = r0, 3
               0005  ModK           r5 = r5, 7
               0006  BitAndK        r6 = r0, 255
               0007  KAdd           r7 = 1, r0
               0008  NewTuple       r1 = r2..r7, 6
               0009  Return         r1
        "#
    );
}

#[test]
fn int_literals_are_folded() {
    insta::assert_snapshot!(
        code("let day = 24 * 60 * 60 + -1"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ day
           1 | let day = 24 * 60 * 60 + -1
               0000  LoadConst      r0 = 86399
               0001  SetSlot        r0, slot day
               0002  ReturnNil
        "#
    );
}

#[test]
fn a_minus_belongs_to_the_literal() {
    insta::assert_snapshot!(
        code("let a = -1, -2.5, -1_000_000"),
        @r#"
        <module>: 4 registers, slots __name__ __file__ a
           1 | let a = -1, -2.5, -1_000_000
               0000  LoadInt        r1 = -1
               0001  LoadConst      r2 = -2.5
               0002  LoadConst      r3 = -1000000
               0003  NewTuple       r0 = r1..r3, 3
               0004  SetSlot        r0, slot a
               0005  ReturnNil
        "#
    );
}

#[test]
fn comparisons_for_their_value() {
    insta::assert_snapshot!(
        code("fn f(a, b) => (a < b, a is not b, a not in b, not a)"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b) => (a < b, a is not b, a not in b, not a)
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b): 7 registers
           1 | fn f(a, b) => (a < b, a is not b, a not in b, not a)
               0000  Lt             r3 = r0, r1
               0001  IsNot          r4 = r0, r1
               0002  NotIn          r5 = r0, r1
               0003  Not            r6 = r0
               0004  NewTuple       r2 = r3..r6, 4
               0005  Return         r2
        "#
    );
}

#[test]
fn a_chained_comparison_evaluates_the_middle_once() {
    insta::assert_snapshot!(
        code("fn f(a, b) => a() < b() <= 3"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b) => a() < b() <= 3
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b): 7 registers
           1 | fn f(a, b) => a() < b() <= 3
               0000  Move           r3 = r0
               0001  Call           r3, 0
               0002  Move           r6 = r1
               0003  Call           r6, 0
               0004  Move           r4 = r6
               0005  Lt             r2 = r3, r4
               0006  Test           r2, 0, -> 0010
               0008  LoadInt        r5 = 3
               0009  Le             r2 = r4, r5
               0010  Return         r2
        "#
    );
}

#[test]
fn a_chained_comparison_in_a_condition() {
    insta::assert_snapshot!(
        code("fn f(a, b) { if 0 < a() <= b() < 9 { print(a) } }"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b) { if 0 < a() <= b() < 9 { print(a) } }
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b): 6 registers
           1 | fn f(a, b) { if 0 < a() <= b() < 9 { print(a) } }
               0000  LoadInt        r2 = 0
               0001  Move           r5 = r0
               0002  Call           r5, 0
               0003  Move           r3 = r5
               0004  TestLt         r2, r3, 0, -> 0015
               0006  Move           r4 = r1
               0007  Call           r4, 0
               0008  TestLe         r3, r4, 0, -> 0015
               0010  TestLtI        r4, 9, 0, -> 0015
               0012  GetBuiltin     r2 = builtin 0
               0013  Move           r3 = r0
               0014  Call           r2..r3, 1
               0015  ReturnNil
        "#
    );
}

#[test]
fn and_or_not_in_conditions_are_jumps() {
    insta::assert_snapshot!(
        code("fn f(a, b, c) { if a and (b or not c) { print(1) } else { print(2) } }"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b, c) { if a and (b or not c) { print(1) } else { print(2) } }
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b, c): 5 registers
           1 | fn f(a, b, c) { if a and (b or not c) { print(1) } else { print(2) } }
               0000  Test           r0, 0, -> 0010
               0002  Test           r1, 1, -> 0006
               0004  Test           r2, 1, -> 0010
               0006  GetBuiltin     r3 = builtin 0
               0007  LoadInt        r4 = 1
               0008  Call           r3..r4, 1
               0009  Jump           -> 0013
               0010  GetBuiltin     r3 = builtin 0
               0011  LoadInt        r4 = 2
               0012  Call           r3..r4, 1
               0013  ReturnNil
        "#
    );
}

#[test]
fn and_or_for_their_value() {
    insta::assert_snapshot!(
        code("fn f(a, b) => a or b and 3"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b) => a or b and 3
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b): 3 registers
           1 | fn f(a, b) => a or b and 3
               0000  Move           r2 = r0
               0001  Test           r2, 1, -> 0007
               0003  Move           r2 = r1
               0004  Test           r2, 0, -> 0007
               0006  LoadInt        r2 = 3
               0007  Return         r2
        "#
    );
}

#[test]
fn a_variable_changes_in_the_last_instruction() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a, b) {
            var x = 1
            x = -(a + b) or x
            return x
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b): 4 registers
           2 | var x = 1
               0000  LoadInt        r2 = 1
           3 | x = -(a + b) or x
               0001  Add            r3 = r0, r1
               0002  Neg            r3 = r3
               0003  Test           r3, 1, -> 0006
               0005  Move           r3 = r2
               0006  Move           r2 = r3
           4 | return x
               0007  Return         r2
        "#
    );
}

#[test]
fn tests_against_literals_are_one_instruction() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            while a == 5 or a != "x" or a is nil or a >= -3 { a += 1 }
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 1 registers
           2 | while a == 5 or a != "x" or a is nil or a >= -3 { a += 1 }
               0000  TestEqK        r0, 5, 1, -> 0008
               0002  TestNeK        r0, "x", 1, -> 0008
               0004  TestNil        r0, 1, -> 0008
               0006  TestGeI        r0, -3, 0, -> 0010
               0008  AugAddI        r0 = r0, 1
               0009  Loop           -> 0000
               0010  ReturnNil
        "#
    );
}

#[test]
fn conditional_expressions() {
    insta::assert_snapshot!(
        code("fn f(a) => 1 if a > 2 else 3 if a else 4"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) => 1 if a > 2 else 3 if a else 4
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 2 registers
           1 | fn f(a) => 1 if a > 2 else 3 if a else 4
               0000  TestGtI        r0, 2, 0, -> 0004
               0002  LoadInt        r1 = 1
               0003  Jump           -> 0009
               0004  Test           r0, 0, -> 0008
               0006  LoadInt        r1 = 3
               0007  Jump           -> 0009
               0008  LoadInt        r1 = 4
               0009  Return         r1
        "#
    );
}

#[test]
fn chains_of_calls_need_no_moves() {
    insta::assert_snapshot!(
        code("fn f(a) => a.b(1).c(2)[3].d"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) => a.b(1).c(2)[3].d
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 5 registers
           1 | fn f(a) => a.b(1).c(2)[3].d
               0000  Move           r3 = r0
               0001  LoadInt        r4 = 1
               0002  CallMethod     r2..r4, 1, .b
               0004  LoadInt        r3 = 2
               0005  CallMethod     r1..r3, 1, .c
               0007  GetIndexI      r1 = r1, 3
               0008  GetAttr        r1 = r1, .d
               0010  Return         r1
        "#
    );
}

#[test]
fn calls_know_what_they_call() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(x) {
            print(x)
            f(x)
            x(x)
            x.m(x, y = 2)
            f(1, k = x)
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(x) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(x): 5 registers
           2 | print(x)
               0000  GetBuiltin     r1 = builtin 0
               0001  Move           r2 = r0
               0002  Call           r1..r2, 1
           3 | f(x)
               0003  Move           r2 = r0
               0004  CallSlot       r1..r2, 1, slot f
           4 | x(x)
               0006  Move           r1 = r0
               0007  Move           r2 = r0
               0008  Call           r1..r2, 1
           5 | x.m(x, y = 2)
               0009  Move           r2 = r0
               0010  Move           r3 = r0
               0011  LoadInt        r4 = 2
               0012  CallMethodKeywords r1..r4, 1, .m, keywords y
           6 | f(1, k = x)
               0015  GetSlot        r1 = slot f
               0016  LoadInt        r2 = 1
               0017  Move           r3 = r0
               0018  CallKeywords   r1..r3, 1, keywords k
               0020  ReturnNil
        "#
    );
}

#[test]
fn spreads_go_through_a_list_and_a_dict() {
    insta::assert_snapshot!(
        code("fn f(a, b) => f(1, *a, 2, k = 3, **b)"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b) => f(1, *a, 2, k = 3, **b)
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b): 7 registers
           1 | fn f(a, b) => f(1, *a, 2, k = 3, **b)
               0000  GetSlot        r2 = slot f
               0001  LoadInt        r4 = 1
               0002  NewList        r3 = r4, 1
               0003  ListSpread     r3, r0
               0004  LoadInt        r4 = 2
               0005  ListAppend     r3, r4, 1
               0006  NewDict        r4
               0007  LoadConst      r5 = "k"
               0008  LoadInt        r6 = 3
               0009  KeywordPut     r2..r4, r5, r6
               0010  KeywordSpread  r2..r4, r1
               0011  CallSpread     r2..r4
               0012  Return         r2
        "#
    );
}

#[test]
fn slices_take_four_registers() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            a[1:] = a[:2]
            del a[::3]
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 6 registers
           2 | a[1:] = a[:2]
               0000  Move           r2 = r0
               0001  LoadNil        r3
               0002  LoadInt        r4 = 2
               0003  LoadNil        r5
               0004  GetSlice       r1 = r2..r5
               0005  Move           r2 = r0
               0006  LoadInt        r3 = 1
               0007  LoadNil        r4
               0008  LoadNil        r5
               0009  SetSlice       r2..r5, r1
           3 | del a[::3]
               0010  Move           r1 = r0
               0011  LoadNil        r2
               0012  LoadNil        r3
               0013  LoadInt        r4 = 3
               0014  DelSlice       r1..r4
               0015  ReturnNil
        "#
    );
}

#[test]
fn displays() {
    insta::assert_snapshot!(
        code("fn f(a) => ([], [a, 1], (), (a,), {a, 1}, {1: a}, [*a, 1], (*a,), {**a})"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) => ([], [a, 1], (), (a,), {a, 1}, {1: a}, [*a, 1], (*a,), {**a})
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 11 registers
           1 | fn f(a) => ([], [a, 1], (), (a,), {a, 1}, {1: a}, [*a, 1], (*a,), {**a})
               0000  NewList        r2 = nothing, 0
               0001  Move           r4 = r0
               0002  LoadInt        r5 = 1
               0003  NewList        r3 = r4..r5, 2
               0004  NewTuple       r4 = nothing, 0
               0005  Move           r6 = r0
               0006  NewTuple       r5 = r6, 1
               0007  NewSet         r6
               0008  SetPut         r6, r0
               0009  LoadInt        r7 = 1
               0010  SetPut         r6, r7
               0011  NewDict        r7
               0012  LoadInt        r8 = 1
               0013  DictPut        r7, r8, r0
               0014  NewList        r8 = nothing, 0
               0015  ListSpread     r8, r0
               0016  LoadInt        r9 = 1
               0017  ListAppend     r8, r9, 1
               0018  NewList        r9 = nothing, 0
               0019  ListSpread     r9, r0
               0020  ListToTuple    r9 = r9
               0021  NewDict        r10
               0022  DictSpread     r10, r0
               0023  NewTuple       r1 = r2..r10, 9
               0024  Return         r1
        "#
    );
}

#[test]
fn fstrings() {
    insta::assert_snapshot!(
        code(r#"fn f(a) => (f"", f"x", f"{a}", f"<{a!r:>{a}}>", f"{a=}", f"{a = :.2f}")"#),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) => (f"", f"x", f"{a}", f"<{a!r:>{a}}>", f"{a=}", f"{a = :.2f}")
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 12 registers
           1 | fn f(a) => (f"", f"x", f"{a}", f"<{a!r:>{a}}>", f"{a=}", f"{a = :.2f}")
               0000  LoadConst      r2 = ""
               0001  LoadConst      r3 = "x"
               0002  Format         r4 = r0, 0
               0003  LoadConst      r6 = "<"
               0004  Move           r8 = r0
               0005  LoadConst      r10 = ">"
               0006  Format         r11 = r0, 0
               0007  Concat         r9 = r10..r11, 2
               0008  Format         r7 = r8..r9, 6
               0009  LoadConst      r8 = ">"
               0010  Concat         r5 = r6..r8, 3
               0011  LoadConst      r7 = "a="
               0012  Format         r8 = r0, 2
               0013  Concat         r6 = r7..r8, 2
               0014  LoadConst      r8 = "a = "
               0015  Move           r10 = r0
               0016  LoadConst      r11 = ".2f"
               0017  Format         r9 = r10..r11, 4
               0018  Concat         r7 = r8..r9, 2
               0019  NewTuple       r1 = r2..r7, 6
               0020  Return         r1
        "#
    );
}

#[test]
fn list_comprehensions_are_loops_in_place() {
    insta::assert_snapshot!(
        code("fn f(a) => [x + y for x in a if x for y in range(x)]"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) => [x + y for x in a if x for y in range(x)]
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 9 registers
           1 | fn f(a) => [x + y for x in a if x for y in range(x)]
               0000  NewList        r1 = nothing, 0
               0001  GetIter        r2 = r0
               0002  Jump           -> 0014
               0003  Test           r3, 0, -> 0014
               0005  LoadInt        r4 = 0
               0006  Move           r5 = r3
               0007  LoadInt        r6 = 1
               0008  RangePrep      r7 = r4..r6, 0, -> 0014
               0010  Add            r8 = r3, r7
               0011  ListAppend     r1, r8, 1
               0012  RangeLoop      r7 = r4..r6, -> 0010
               0014  ForLoop        r3 = r2, -> 0003
               0016  Return         r1
        "#
    );
}

#[test]
fn set_and_dict_comprehensions() {
    insta::assert_snapshot!(
        code("fn f(a) => ({x for x in a}, {k: v for k, v in a.items()})"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) => ({x for x in a}, {k: v for k, v in a.items()})
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 8 registers
           1 | fn f(a) => ({x for x in a}, {k: v for k, v in a.items()})
               0000  NewSet         r2
               0001  GetIter        r3 = r0
               0002  Jump           -> 0004
               0003  SetPut         r2, r4
               0004  ForLoop        r4 = r3, -> 0003
               0006  NewDict        r3
               0007  Move           r5 = r0
               0008  CallMethod     r4..r5, 0, .items
               0010  GetIter        r4 = r4
               0011  Jump           -> 0014
               0012  Unpack         r6..r7, r5, 2
               0013  DictPut        r3, r6, r7
               0014  ForLoop        r5 = r4, -> 0012
               0016  NewTuple       r1 = r2..r3, 2
               0017  Return         r1
        "#
    );
}

#[test]
fn generator_expressions_are_functions() {
    insta::assert_snapshot!(
        code("fn f(a, n) => (x + n for x in a)"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, n) => (x + n for x in a)
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, n): 5 registers
           1 | fn f(a, n) => (x + n for x in a)
               0000  GetIter        r4 = r0
               0001  Closure        r3 = fn <genexpr>
               0002  Call           r3..r4, 1
               0003  Move           r2 = r3
               0004  Return         r2

        <genexpr>(.0, /): 4 registers, generator, captures r1
           1 | fn f(a, n) => (x + n for x in a)
               0000  Jump           -> 0004
               0001  GetUpvalue     r3 = upvalue 0
               0002  Add            r2 = r1, r3
               0003  Yield          r2
               0004  ForLoop        r1 = r0, -> 0001
               0006  ReturnNil
        "#
    );
}

#[test]
fn ranges() {
    insta::assert_snapshot!(
        code("fn f(a) => (a..a + 1, a..=9)"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) => (a..a + 1, a..=9)
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 6 registers
           1 | fn f(a) => (a..a + 1, a..=9)
               0000  Move           r3 = r0
               0001  AddI           r4 = r0, 1
               0002  NewRange       r2 = r3..r4, 0
               0003  Move           r4 = r0
               0004  LoadInt        r5 = 9
               0005  NewRange       r3 = r4..r5, 1
               0006  NewTuple       r1 = r2..r3, 2
               0007  Return         r1
        "#
    );
}
