//! The code of functions, closures, generators and classes.

use super::tests::code;

#[test]
fn defaults_are_evaluated_by_the_function() {
    insta::assert_snapshot!(
        code("fn f(a, /, b = 1, *rest, c = b, **options) => c"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, /, b = 1, *rest, c = b, **options) => c
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, /, b=…, *rest, c=…, **options): 5 registers
           1 | fn f(a, /, b = 1, *rest, c = b, **options) => c
               0000  TestUndef      r1, 0, -> 0003
               0002  LoadInt        r1 = 1
               0003  TestUndef      r2, 0, -> 0006
               0005  Move           r2 = r1
               0006  Return         r2
        "#
    );
}

#[test]
fn a_variable_that_never_changes_is_captured_by_value() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            let b = a
            return fn() => a + b
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
           2 | let b = a
               0000  Move           r1 = r0
           3 | return fn() => a + b
               0001  Closure        r2 = fn <lambda>
               0002  Return         r2

        <lambda>(): 2 registers, captures r0 r1
           3 | return fn() => a + b
               0000  GetUpvalue     r0 = upvalue 0
               0001  GetUpvalue     r1 = upvalue 1
               0002  Add            r0 = r0, r1
               0003  Return         r0
        "#
    );
}

#[test]
fn a_variable_that_changes_is_shared_in_a_cell() {
    insta::assert_snapshot!(
        code(
        r#"
        fn counter() {
            var n = 0
            return fn() {
                n += 1
                return n
            }
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ counter
           1 | fn counter() {
               0000  Closure        r0 = fn counter
               0001  SetSlot        r0, slot counter
               0002  ReturnNil

        counter(): 2 registers
           2 | var n = 0
               0000  LoadInt        r0 = 0
               0001  NewCellOf      r0 = r0
           3 | return fn() {
               0002  Closure        r1 = fn <lambda>
               0003  Return         r1

        <lambda>(): 1 registers, captures r0
           4 | n += 1
               0000  GetUpvalueCell r0 = upvalue 0
               0001  AugAddI        r0 = r0, 1
               0002  SetUpvalueCell r0, upvalue 0
           5 | return n
               0003  GetUpvalueCell r0 = upvalue 0
               0004  Return         r0
        "#
    );
}

#[test]
fn a_closure_before_the_declaration_sees_its_cell() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f() {
            let g = fn() => h()
            let h = fn() => g()
            return g
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f() {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(): 3 registers
               0000  NewCell        r0
           2 | let g = fn() => h()
               0001  Closure        r1 = fn <lambda>
           3 | let h = fn() => g()
               0002  Closure        r2 = fn <lambda>
               0003  SetCell        r0, r2
           4 | return g
               0004  Return         r1

        <lambda>(): 1 registers, captures r0
           2 | let g = fn() => h()
               0000  GetUpvalueCell r0 = upvalue 0
               0001  Call           r0, 0
               0002  Return         r0

        <lambda>(): 1 registers, captures r1
           3 | let h = fn() => g()
               0000  GetUpvalue     r0 = upvalue 0
               0001  Call           r0, 0
               0002  Return         r0
        "#
    );
}

#[test]
fn a_changed_parameter_moves_to_a_cell() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a, b = fn() => a) {
            a += 1
            return b
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b = fn() => a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b=…): 3 registers
               0000  NewCellOf      r0 = r0
           1 | fn f(a, b = fn() => a) {
               0001  TestUndef      r1, 0, -> 0004
               0003  Closure        r1 = fn <lambda>
           2 | a += 1
               0004  GetCell        r2 = r0
               0005  AugAddI        r2 = r2, 1
               0006  SetCell        r0, r2
           3 | return b
               0007  Return         r1

        <lambda>(): 1 registers, captures r0
           1 | fn f(a, b = fn() => a) {
               0000  GetUpvalueCell r0 = upvalue 0
               0001  Return         r0
        "#
    );
}

#[test]
fn a_default_may_see_a_parameter_behind_it() {
    insta::assert_snapshot!(
        code("fn f(a = fn() => b, b = 1) => a"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a = fn() => b, b = 1) => a
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a=…, b=…): 3 registers
               0000  NewCell        r2
           1 | fn f(a = fn() => b, b = 1) => a
               0001  TestUndef      r0, 0, -> 0004
               0003  Closure        r0 = fn <lambda>
               0004  TestUndef      r1, 0, -> 0007
               0006  LoadInt        r1 = 1
               0007  SetCell        r2, r1
               0008  Return         r0

        <lambda>(): 1 registers, captures r2
           1 | fn f(a = fn() => b, b = 1) => a
               0000  GetUpvalueCell r0 = upvalue 0
               0001  Return         r0
        "#
    );
}

#[test]
fn loop_variables_are_fresh_each_turn() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(fs) {
            for i in range(3) {
                fs.append(fn() => i)
            }
            for j in fs {
                j += 1
                fs.append(fn() => j)
            }
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(fs) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(fs): 8 registers
           2 | for i in range(3) {
               0000  LoadInt        r1 = 0
               0001  LoadInt        r2 = 3
               0002  LoadInt        r3 = 1
               0003  RangePrep      r4 = r1..r3, 0, -> 0011
           3 | fs.append(fn() => i)
               0005  Move           r6 = r0
               0006  Closure        r7 = fn <lambda>
               0007  CallMethod     r5..r7, 1, .append
               0009  RangeLoop      r4 = r1..r3, -> 0005
           5 | for j in fs {
               0011  GetIter        r1 = r0
               0012  Jump           -> 0021
               0013  NewCellOf      r2 = r2
           6 | j += 1
               0014  GetCell        r3 = r2
               0015  AugAddI        r3 = r3, 1
               0016  SetCell        r2, r3
           7 | fs.append(fn() => j)
               0017  Move           r4 = r0
               0018  Closure        r5 = fn <lambda>
               0019  CallMethod     r3..r5, 1, .append
           5 | …
               0021  ForLoop        r2 = r1, -> 0013
               0023  ReturnNil

        <lambda>(): 1 registers, captures r4
           3 | fs.append(fn() => i)
               0000  GetUpvalue     r0 = upvalue 0
               0001  Return         r0

        <lambda>(): 1 registers, captures r2
           7 | fs.append(fn() => j)
               0000  GetUpvalueCell r0 = upvalue 0
               0001  Return         r0
        "#
    );
}

#[test]
fn a_block_makes_its_cells_each_turn() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(fs) {
            while fs {
                fs.append(fn() => x)
                let x = 1
            }
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(fs) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(fs): 5 registers
           2 | while fs {
               0000  Test           r0, 0, -> 0010
               0002  NewCell        r1
           3 | fs.append(fn() => x)
               0003  Move           r3 = r0
               0004  Closure        r4 = fn <lambda>
               0005  CallMethod     r2..r4, 1, .append
           4 | let x = 1
               0007  LoadInt        r2 = 1
               0008  SetCell        r1, r2
               0009  Loop           -> 0000
               0010  ReturnNil

        <lambda>(): 1 registers, captures r1
           3 | fs.append(fn() => x)
               0000  GetUpvalueCell r0 = upvalue 0
               0001  Return         r0
        "#
    );
}

#[test]
fn closures_pass_variables_on() {
    insta::assert_snapshot!(
        code("fn f(a) => fn() => fn() => a"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) => fn() => fn() => a
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 2 registers
           1 | fn f(a) => fn() => fn() => a
               0000  Closure        r1 = fn <lambda>
               0001  Return         r1

        <lambda>(): 1 registers, captures r0
           1 | fn f(a) => fn() => fn() => a
               0000  Closure        r0 = fn <lambda>
               0001  Return         r0

        <lambda>(): 1 registers, captures upvalue 0
           1 | fn f(a) => fn() => fn() => a
               0000  GetUpvalue     r0 = upvalue 0
               0001  Return         r0
        "#
    );
}

#[test]
fn decorators_apply_from_the_lowest_up() {
    insta::assert_snapshot!(
        code(
        r#"
        @print
        @print.c
        fn f() { }
        fn a() => print
        let b = a
        "#
    ),
        @r#"
        <module>: 4 registers, slots __name__ __file__ f a b
           1 | @print
               0000  GetBuiltin     r1 = builtin 0
               0001  GetBuiltin     r2 = builtin 0
           2 | @print.c
               0002  GetAttr        r2 = r2, .c
               0004  Closure        r3 = fn f
               0005  Call           r2..r3, 1
           1 | …
               0006  Call           r1..r2, 1
               0007  Move           r0 = r1
               0008  SetSlot        r0, slot f
           4 | fn a() => print
               0009  Closure        r0 = fn a
               0010  SetSlot        r0, slot a
           5 | let b = a
               0011  GetSlot        r0 = slot a
               0012  SetSlot        r0, slot b
               0013  ReturnNil

        f(): 0 registers
               0000  ReturnNil

        a(): 1 registers
           4 | fn a() => print
               0000  GetBuiltin     r0 = builtin 0
               0001  Return         r0
        "#
    );
}

#[test]
fn generators() {
    insta::assert_snapshot!(
        code(
        r#"
        fn g(a) {
            let x = yield a
            yield
            yield from a
            return x
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ g
           1 | fn g(a) {
               0000  Closure        r0 = fn g
               0001  SetSlot        r0, slot g
               0002  ReturnNil

        g(a): 3 registers, generator
           2 | let x = yield a
               0000  Move           r1 = r0
               0001  Yield          r1
           3 | yield
               0002  LoadNil        r2
               0003  Yield          r2
           4 | yield from a
               0004  GetIter        r2 = r0
               0005  YieldFrom      r2
           5 | return x
               0006  Return         r1
        "#
    );
}

#[test]
fn classes() {
    insta::assert_snapshot!(
        code(
        r#"
        class A(Exception) {
            let n = 1
            let m = n + 1
            fn init(x) { super.init(x); self.x = x }
            fn +(other) => super.m
            static fn make() => A(1)
            @property
            fn p() => fn() => self
            class B { fn m() => nil }
        }
        "#
    ),
        @r#"
        <module>: 4 registers, slots __name__ __file__ A
           1 | class A(Exception) {
               0000  GetBuiltin     r1 = builtin 3
               0001  NewClass       r0 = r1, 1, "A"
               0003  Closure        r2 = fn A
               0004  Move           r3 = r0
               0005  Call           r2..r3, 1
               0006  SetSlot        r0, slot A
               0007  ReturnNil

        A(.class, /): 4 registers
           2 | let n = 1
               0000  LoadInt        r1 = 1
               0001  SetMember      r0, r1, 0, .n
           3 | let m = n + 1
               0003  GetMember      r1 = r0, .n
               0005  AddI           r1 = r1, 1
               0006  SetMember      r0, r1, 0, .m
           4 | fn init(x) { super.init(x); self.x = x }
               0008  Closure        r1 = fn A.init
               0009  SetMember      r0, r1, 0, .init
           5 | fn +(other) => super.m
               0011  Closure        r1 = fn A.+
               0012  SetMember      r0, r1, 0, .+
           6 | static fn make() => A(1)
               0014  Closure        r1 = fn A.make
               0015  SetMember      r0, r1, 0, .make
           7 | @property
               0017  GetBuiltin     r2 = builtin 8
               0018  Closure        r3 = fn A.p
               0019  Call           r2..r3, 1
               0020  Move           r1 = r2
           8 | fn p() => fn() => self
               0021  SetMember      r0, r1, 1, .p
           9 | class B { fn m() => nil }
               0023  NewClass       r1 = r0, 0, "B"
               0025  Closure        r2 = fn A.B
               0026  Move           r3 = r1
               0027  Call           r2..r3, 1
               0028  SetMember      r0, r1, 0, .B
               0030  ReturnNil

        A.init(self, x): 5 registers, captures r0
           4 | fn init(x) { super.init(x); self.x = x }
               0000  GetUpvalue     r2 = upvalue 0
               0001  Move           r3 = r0
               0002  Move           r4 = r1
               0003  CallSuper      r2..r4, 1, .init
               0005  SetAttr        r0, r1, .x
               0007  Return         r0

        A.+(self, other): 4 registers, captures r0
           5 | fn +(other) => super.m
               0000  GetUpvalue     r3 = upvalue 0
               0001  GetSuper       r2 = r0, r3, .m
               0003  Return         r2

        A.make(): 2 registers
           6 | static fn make() => A(1)
               0000  LoadInt        r1 = 1
               0001  CallSlot       r0..r1, 1, slot A
               0003  Return         r0

        A.p(self): 2 registers
           8 | fn p() => fn() => self
               0000  Closure        r1 = fn <lambda>
               0001  Return         r1

        <lambda>(): 1 registers, captures r0
           8 | fn p() => fn() => self
               0000  GetUpvalue     r0 = upvalue 0
               0001  Return         r0

        A.B(.class, /): 2 registers
           9 | class B { fn m() => nil }
               0000  Closure        r1 = fn A.B.m
               0001  SetMember      r0, r1, 0, .m
               0003  ReturnNil

        A.B.m(self): 2 registers
           9 | class B { fn m() => nil }
               0000  LoadNil        r1
               0001  Return         r1
        "#
    );
}

#[test]
fn init_returns_self_on_every_path() {
    insta::assert_snapshot!(
        code(
        r#"
        class A {
            fn init(a) {
                try { if a { return } } finally { print(1) }
                return
            }
            fn m() => nil
        }
        "#
    ),
        @r#"
        <module>: 3 registers, slots __name__ __file__ A
           1 | class A {
               0000  NewClass       r0 = r0, 0, "A"
               0002  Closure        r1 = fn A
               0003  Move           r2 = r0
               0004  Call           r1..r2, 1
               0005  SetSlot        r0, slot A
               0006  ReturnNil

        A(.class, /): 2 registers
           2 | fn init(a) {
               0000  Closure        r1 = fn A.init
               0001  SetMember      r0, r1, 0, .init
           6 | fn m() => nil
               0003  Closure        r1 = fn A.m
               0004  SetMember      r0, r1, 0, .m
               0006  ReturnNil

        A.init(self, a): 7 registers
           3 | try { if a { return } } finally { print(1) }
               0000  Test           r1, 0, -> 0005
               0002  LoadNil        r2
               0003  LoadInt        r3 = 2
               0004  Jump           -> 0009
               0005  LoadNil        r2
               0006  LoadInt        r3 = 0
               0007  Jump           -> 0009
               0008  LoadInt        r3 = 1
               0009  GetBuiltin     r5 = builtin 0
               0010  LoadInt        r6 = 1
               0011  Call           r5..r6, 1
               0012  TestLtI        r3, 1, 1, -> 0018
               0014  TestLtI        r3, 2, 0, -> 0017
               0016  Reraise        r2
               0017  Return         r0
           4 | return
               0018  Return         r0
               from 0000 to 0005: an exception goes to 0008 in r2
               from 0009 to 0012: handling r2

        A.m(self): 2 registers
           6 | fn m() => nil
               0000  LoadNil        r1
               0001  Return         r1
        "#
    );
}

#[test]
fn class_in_a_function_is_captured_through_a_cell() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f() {
            class C { fn copy() => C() }
            return C
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f() {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(): 4 registers
               0000  NewCell        r0
           2 | class C { fn copy() => C() }
               0001  NewClass       r1 = r0, 0, "C"
               0003  Closure        r2 = fn C
               0004  Move           r3 = r1
               0005  Call           r2..r3, 1
               0006  SetCell        r0, r1
           3 | return C
               0007  GetCell        r1 = r0
               0008  Return         r1

        C(.class, /): 2 registers, captures r0
           2 | class C { fn copy() => C() }
               0000  Closure        r1 = fn C.copy
               0001  SetMember      r0, r1, 0, .copy
               0003  ReturnNil

        C.copy(self): 2 registers, captures upvalue 0
           2 | class C { fn copy() => C() }
               0000  GetUpvalueCell r1 = upvalue 0
               0001  Call           r1, 0
               0002  Return         r1
        "#
    );
}
