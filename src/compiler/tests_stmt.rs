//! The code of statements.

use super::tests::code;

#[test]
fn declarations_at_the_top_level_are_slots() {
    insta::assert_snapshot!(
        code(
        r#"
        let a = 1
        var b
        let c, d = 1, 2
        let e, *f = c
        "#
    ),
        @r#"
        <module>: 3 registers, slots __name__ __file__ a b c d e f
           1 | let a = 1
               0000  LoadInt        r0 = 1
               0001  SetSlot        r0, slot a
           2 | var b
               0002  LoadNil        r0
               0003  SetSlot        r0, slot b
           3 | let c, d = 1, 2
               0004  LoadInt        r0 = 1
               0005  LoadInt        r1 = 2
               0006  SetSlot        r0, slot c
               0007  SetSlot        r1, slot d
           4 | let e, *f = c
               0008  GetSlot        r2 = slot c
               0009  UnpackStar     r0..r1, r2, 1, 0
               0011  SetSlot        r0, slot e
               0012  SetSlot        r1, slot f
               0013  ReturnNil
        "#
    );
}

#[test]
fn declarations_in_blocks_are_registers() {
    insta::assert_snapshot!(
        code(
        r#"
        {
            let a = 1
            let b, (c, d) = a
            print(b, c, d)
        }
        "#
    ),
        @r#"
        <module>: 9 registers, slots __name__ __file__
           2 | let a = 1
               0000  LoadInt        r0 = 1
           3 | let b, (c, d) = a
               0001  Unpack         r1..r2, r0, 2
               0002  Unpack         r3..r4, r2, 2
           4 | print(b, c, d)
               0003  GetBuiltin     r5 = builtin 0
               0004  Move           r6 = r1
               0005  Move           r7 = r3
               0006  Move           r8 = r4
               0007  Call           r5..r8, 3
               0008  ReturnNil
        "#
    );
}

#[test]
fn swapping_makes_no_tuple() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a, b) {
            a, b = b, a
            a[0], a[1] = a[1], a[0]
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b): 5 registers
           2 | a, b = b, a
               0000  Move           r2 = r1
               0001  Move           r1 = r0
               0002  Move           r0 = r2
           3 | a[0], a[1] = a[1], a[0]
               0003  GetIndexI      r2 = r0, 1
               0004  GetIndexI      r3 = r0, 0
               0005  LoadInt        r4 = 0
               0006  SetIndex       r0, r4, r2
               0007  LoadInt        r4 = 1
               0008  SetIndex       r0, r4, r3
               0009  ReturnNil
        "#
    );
}

#[test]
fn the_last_of_parallel_values_goes_straight_in() {
    insta::assert_snapshot!(
        code(
        r#"
        fn fib(n) {
            var a, b = 0, 1
            while b < n { a, b = b, a + b }
            return a
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ fib
           1 | fn fib(n) {
               0000  Closure        r0 = fn fib
               0001  SetSlot        r0, slot fib
               0002  ReturnNil

        fib(n): 5 registers
           2 | var a, b = 0, 1
               0000  LoadInt        r1 = 0
               0001  LoadInt        r2 = 1
           3 | while b < n { a, b = b, a + b }
               0002  TestLt         r2, r0, 0, -> 0008
               0004  Move           r3 = r2
               0005  Add            r2 = r1, r2
               0006  Move           r1 = r3
               0007  Loop           -> 0002
           4 | return a
               0008  Return         r1
        "#
    );
}

#[test]
fn chained_assignment_copies_the_value() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            var b
            b = a[0] = a
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 4 registers
           2 | var b
               0000  LoadNil        r1
           3 | b = a[0] = a
               0001  Move           r2 = r0
               0002  Move           r1 = r2
               0003  LoadInt        r3 = 0
               0004  SetIndex       r0, r3, r2
               0005  ReturnNil
        "#
    );
}

#[test]
fn in_place_assignment_evaluates_its_target_once() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            a.b += 1
            a[a()] *= 2
            a[1:2] //= a
            a -= 3
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
           2 | a.b += 1
               0000  GetAttr        r1 = r0, .b
               0002  AugAddI        r1 = r1, 1
               0003  SetAttr        r0, r1, .b
           3 | a[a()] *= 2
               0005  Move           r1 = r0
               0006  Call           r1, 0
               0007  GetIndex       r2 = r0, r1
               0008  LoadInt        r3 = 2
               0009  AugMul         r2 = r2, r3
               0010  SetIndex       r0, r1, r2
           4 | a[1:2] //= a
               0011  Move           r1 = r0
               0012  LoadInt        r2 = 1
               0013  LoadInt        r3 = 2
               0014  LoadNil        r4
               0015  GetSlice       r5 = r1..r4
               0016  Aug            r5 = r5, r0, 4
               0018  SetSlice       r1..r4, r5
           5 | a -= 3
               0019  AugSubI        r0 = r0, 3
               0020  ReturnNil
        "#
    );
}

#[test]
fn for_over_range_counts() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(n) {
            for i in range(n) { print(i) }
            for i in range(1, n, 2) { if i { continue }; break }
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(n) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(n): 7 registers
           2 | for i in range(n) { print(i) }
               0000  LoadInt        r1 = 0
               0001  Move           r2 = r0
               0002  LoadInt        r3 = 1
               0003  RangePrep      r4 = r1..r3, 0, -> 0010
               0005  GetBuiltin     r5 = builtin 0
               0006  Move           r6 = r4
               0007  Call           r5..r6, 1
               0008  RangeLoop      r4 = r1..r3, -> 0005
           3 | for i in range(1, n, 2) { if i { continue }; break }
               0010  LoadInt        r1 = 1
               0011  Move           r2 = r0
               0012  LoadInt        r3 = 2
               0013  RangePrep      r4 = r1..r3, 0, -> 0021
               0015  Test           r4, 0, -> 0018
               0017  Jump           -> 0019
               0018  Jump           -> 0021
               0019  RangeLoop      r4 = r1..r3, -> 0015
               0021  ReturnNil
        "#
    );
}

#[test]
fn for_over_range_literals_counts() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(n) {
            for i in 0..n { print(i) }
            for i in 1..=n { print(i) }
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(n) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(n): 7 registers
           2 | for i in 0..n { print(i) }
               0000  LoadInt        r1 = 0
               0001  Move           r2 = r0
               0002  LoadInt        r3 = 1
               0003  RangePrep      r4 = r1..r3, 0, -> 0010
               0005  GetBuiltin     r5 = builtin 0
               0006  Move           r6 = r4
               0007  Call           r5..r6, 1
               0008  RangeLoop      r4 = r1..r3, -> 0005
           3 | for i in 1..=n { print(i) }
               0010  LoadInt        r1 = 1
               0011  Move           r2 = r0
               0012  LoadInt        r3 = 1
               0013  RangePrep      r4 = r1..r3, 1, -> 0020
               0015  GetBuiltin     r5 = builtin 0
               0016  Move           r6 = r4
               0017  Call           r5..r6, 1
               0018  RangeLoop      r4 = r1..r3, -> 0015
               0020  ReturnNil
        "#
    );
}

#[test]
fn for_over_a_shadowed_range_calls_it() {
    insta::assert_snapshot!(
        code("fn f(range) { for i in range(3) { print(i) } }"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(range) { for i in range(3) { print(i) } }
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(range): 5 registers
           1 | fn f(range) { for i in range(3) { print(i) } }
               0000  Move           r1 = r0
               0001  LoadInt        r2 = 3
               0002  Call           r1..r2, 1
               0003  GetIter        r1 = r1
               0004  Jump           -> 0008
               0005  GetBuiltin     r3 = builtin 0
               0006  Move           r4 = r2
               0007  Call           r3..r4, 1
               0008  ForLoop        r2 = r1, -> 0005
               0010  ReturnNil
        "#
    );
}

#[test]
fn for_unpacks_into_the_variables() {
    insta::assert_snapshot!(
        code("fn f(d) { for k, v in d.items() { print(k, v) } }"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(d) { for k, v in d.items() { print(k, v) } }
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(d): 8 registers
           1 | fn f(d) { for k, v in d.items() { print(k, v) } }
               0000  Move           r2 = r0
               0001  CallMethod     r1..r2, 0, .items
               0003  GetIter        r1 = r1
               0004  Jump           -> 0010
               0005  Unpack         r3..r4, r2, 2
               0006  GetBuiltin     r5 = builtin 0
               0007  Move           r6 = r3
               0008  Move           r7 = r4
               0009  Call           r5..r7, 2
               0010  ForLoop        r2 = r1, -> 0005
               0012  ReturnNil
        "#
    );
}

#[test]
fn while_true_has_no_test() {
    insta::assert_snapshot!(
        code("fn f() { while true { if f() { break } } }"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f() { while true { if f() { break } } }
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(): 1 registers
           1 | fn f() { while true { if f() { break } } }
               0000  CallSlot       r0, 0, slot f
               0002  Test           r0, 0, -> 0005
               0004  Jump           -> 0006
               0005  Loop           -> 0000
               0006  ReturnNil
        "#
    );
}

#[test]
fn if_else_chains() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            if a == 1 { return 1 } else if a { print(2) } else { print(3) }
            print(4)
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 3 registers
           2 | if a == 1 { return 1 } else if a { print(2) } else { print(3) }
               0000  TestEqK        r0, 1, 0, -> 0004
               0002  LoadInt        r1 = 1
               0003  Return         r1
               0004  Test           r0, 0, -> 0010
               0006  GetBuiltin     r1 = builtin 0
               0007  LoadInt        r2 = 2
               0008  Call           r1..r2, 1
               0009  Jump           -> 0013
               0010  GetBuiltin     r1 = builtin 0
               0011  LoadInt        r2 = 3
               0012  Call           r1..r2, 1
           3 | print(4)
               0013  GetBuiltin     r1 = builtin 0
               0014  LoadInt        r2 = 4
               0015  Call           r1..r2, 1
               0016  ReturnNil
        "#
    );
}

#[test]
fn assert_raises_only_when_it_must() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            assert a > 0, "no"
            assert a
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 3 registers
           2 | assert a > 0, "no"
               0000  TestGtI        r0, 0, 1, -> 0006
               0002  GetBuiltin     r1 = builtin 4
               0003  LoadConst      r2 = "no"
               0004  Call           r1..r2, 1
               0005  Raise          r1
           3 | assert a
               0006  Test           r0, 1, -> 0010
               0008  GetBuiltin     r1 = builtin 4
               0009  Raise          r1
               0010  ReturnNil
        "#
    );
}

#[test]
fn raise_in_its_three_forms() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            try { raise a } except { raise }
            raise a from nil
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 3 registers
           2 | try { raise a } except { raise }
               0000  Raise          r0
               0001  Jump           -> 0008
               0002  GetBuiltin     r2 = builtin 3
               0003  MatchException r1, r2, 0, -> 0007
               0005  RaiseAgain
               0006  Jump           -> 0008
               0007  Reraise        r1
           3 | raise a from nil
               0008  LoadNil        r1
               0009  RaiseFrom      r0, r1
               from 0000 to 0001: an exception goes to 0002 in r1
               from 0002 to 0008: handling r1
        "#
    );
}

#[test]
fn except_clauses_match_in_order() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            try { a() } except (ValueError, TypeError) as e { print(e) } except { print(a) } else { print(1) }
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 5 registers
           2 | try { a() } except (ValueError, TypeError) as e { print(e) } except { print(a) } else { print(1) }
               0000  Move           r1 = r0
               0001  Call           r1, 0
               0002  GetBuiltin     r1 = builtin 0
               0003  LoadInt        r2 = 1
               0004  Call           r1..r2, 1
               0005  Jump           -> 0023
               0006  GetBuiltin     r3 = builtin 5
               0007  GetBuiltin     r4 = builtin 6
               0008  NewTuple       r2 = r3..r4, 2
               0009  MatchException r1, r2, 0, -> 0015
               0011  GetBuiltin     r2 = builtin 0
               0012  Move           r3 = r1
               0013  Call           r2..r3, 1
               0014  Jump           -> 0023
               0015  GetBuiltin     r2 = builtin 3
               0016  MatchException r1, r2, 0, -> 0022
               0018  GetBuiltin     r2 = builtin 0
               0019  Move           r3 = r0
               0020  Call           r2..r3, 1
               0021  Jump           -> 0023
               0022  Reraise        r1
               0023  ReturnNil
               from 0000 to 0002: an exception goes to 0006 in r1
               from 0006 to 0023: handling r1
        "#
    );
}

#[test]
fn finally_is_emitted_once() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            try { return a() } finally { print(1) }
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
           2 | try { return a() } finally { print(1) }
               0000  Move           r4 = r0
               0001  Call           r4, 0
               0002  Move           r3 = r4
               0003  LoadNil        r1
               0004  LoadInt        r2 = 2
               0005  Jump           -> 0010
               0006  LoadNil        r1
               0007  LoadInt        r2 = 0
               0008  Jump           -> 0010
               0009  LoadInt        r2 = 1
               0010  GetBuiltin     r4 = builtin 0
               0011  LoadInt        r5 = 1
               0012  Call           r4..r5, 1
               0013  TestLtI        r2, 1, 1, -> 0019
               0015  TestLtI        r2, 2, 0, -> 0018
               0017  Reraise        r1
               0018  Return         r3
               0019  ReturnNil
               from 0000 to 0006: an exception goes to 0009 in r1
               from 0010 to 0013: handling r1
        "#
    );
}

#[test]
fn ways_out_of_a_loop_pass_the_finally() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            for x in a {
                try {
                    if x { break }
                    if a { continue }
                    return x
                } finally { print(x) }
            }
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
           2 | for x in a {
               0000  GetIter        r1 = r0
               0001  Jump           -> 0035
           4 | if x { break }
               0002  Test           r2, 0, -> 0007
               0004  LoadNil        r3
               0005  LoadInt        r4 = 3
               0006  Jump           -> 0020
           5 | if a { continue }
               0007  Test           r0, 0, -> 0012
               0009  LoadNil        r3
               0010  LoadInt        r4 = 4
               0011  Jump           -> 0020
           6 | return x
               0012  Move           r5 = r2
               0013  LoadNil        r3
               0014  LoadInt        r4 = 2
               0015  Jump           -> 0020
               0016  LoadNil        r3
               0017  LoadInt        r4 = 0
               0018  Jump           -> 0020
               0019  LoadInt        r4 = 1
           7 | } finally { print(x) }
               0020  GetBuiltin     r6 = builtin 0
               0021  Move           r7 = r2
               0022  Call           r6..r7, 1
               0023  TestLtI        r4, 1, 1, -> 0035
               0025  TestLtI        r4, 2, 0, -> 0028
               0027  Reraise        r3
               0028  TestLtI        r4, 3, 0, -> 0031
               0030  Return         r5
               0031  TestLtI        r4, 4, 0, -> 0034
               0033  Jump           -> 0037
               0034  Jump           -> 0035
           2 | …
               0035  ForLoop        r2 = r1, -> 0002
               0037  ReturnNil
               from 0002 to 0016: an exception goes to 0019 in r3
               from 0020 to 0023: handling r3
        "#
    );
}

#[test]
fn with_calls_exit_on_every_way() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            with a as x, a() { return x }
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 11 registers
           2 | with a as x, a() { return x }
               0000  Move           r1 = r0
               0001  WithEnter      r1..r2
               0002  Move           r6 = r0
               0003  Call           r6, 0
               0004  WithEnter      r6..r7
               0005  Move           r10 = r2
               0006  LoadNil        r8
               0007  LoadInt        r9 = 2
               0008  Jump           -> 0013
               0009  LoadNil        r8
               0010  LoadInt        r9 = 0
               0011  Jump           -> 0013
               0012  LoadInt        r9 = 1
               0013  WithExit       r6, r8, 1, -> 0024
               0015  TestLtI        r9, 1, 1, -> 0024
               0017  TestLtI        r9, 2, 0, -> 0020
               0019  Reraise        r8
               0020  Move           r5 = r10
               0021  LoadNil        r3
               0022  LoadInt        r4 = 2
               0023  Jump           -> 0028
               0024  LoadNil        r3
               0025  LoadInt        r4 = 0
               0026  Jump           -> 0028
               0027  LoadInt        r4 = 1
               0028  WithExit       r1, r3, 1, -> 0036
               0030  TestLtI        r4, 1, 1, -> 0036
               0032  TestLtI        r4, 2, 0, -> 0035
               0034  Reraise        r3
               0035  Return         r5
               0036  ReturnNil
               from 0005 to 0009: an exception goes to 0012 in r8
               from 0002 to 0024: an exception goes to 0027 in r3
               from 0013 to 0015: handling r8
               from 0028 to 0030: handling r3
        "#
    );
}

#[test]
fn imports() {
    insta::assert_snapshot!(
        code(
        r#"
        import sys
        import os.path as p
        from a.b import c, d as e
        fn f() {
            import os.path
            from m import x
            return os, x
        }
        "#
    ),
        @r#"
        <module>: 2 registers, slots __name__ __file__ sys p c e f
           1 | import sys
               0000  Import         r0 = sys, the first
               0002  SetSlot        r0, slot sys
           2 | import os.path as p
               0003  Import         r0 = os.path
               0005  SetSlot        r0, slot p
           3 | from a.b import c, d as e
               0006  Import         r0 = a.b
               0008  ImportFrom     r1 = r0, .c
               0010  SetSlot        r1, slot c
               0011  ImportFrom     r1 = r0, .d
               0013  SetSlot        r1, slot e
           4 | fn f() {
               0014  Closure        r0 = fn f
               0015  SetSlot        r0, slot f
               0016  ReturnNil

        f(): 6 registers
           5 | import os.path
               0000  Import         r0 = os.path, the first
           6 | from m import x
               0002  Import         r1 = m
               0004  ImportFrom     r2 = r1, .x
           7 | return os, x
               0006  Move           r4 = r0
               0007  Move           r5 = r2
               0008  NewTuple       r3 = r4..r5, 2
               0009  Return         r3
        "#
    );
}

#[test]
fn statements_that_delete() {
    insta::assert_snapshot!(
        code("fn f(a) { del a.b, a[0] }"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) { del a.b, a[0] }
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 2 registers
           1 | fn f(a) { del a.b, a[0] }
               0000  DelAttr        r0, .b
               0002  LoadInt        r1 = 0
               0003  DelIndex       r0, r1
               0004  ReturnNil
        "#
    );
}
