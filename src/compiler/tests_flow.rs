//! The code of conditions, loops, `try` and `with`.

use super::tests::code;

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

        f(a): 4 registers
           2 | assert a > 0, "no"
               0000  LoadInt        r2 = 0
               0001  TestGt         r0, r2, 1, -> 0007
               0003  ShowComparison r1 = r0, r2, 4
               0005  LoadConst      r2 = "no"
               0006  RaiseAssertion r1..r2, 1
           3 | assert a
               0007  Test           r0, 1, -> 0011
               0009  LoadNil        r1
               0010  RaiseAssertion r1, 0
               0011  ReturnNil
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
