"""Every kind of mistake is found, at its place, in these words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asm.errors import AssemblyErrors
from asm.plan9 import assemble

HEAD = "TEXT f(SB), 4, $0\n"  # the statement at hand then stands on line 2

STATEMENTS = (
    ("MOVX AX, BX", "2:1: unknown instruction MOVX: did you mean MOVW?"),
    ("Q", "2:1: unknown instruction Q"),
    ("VPADDD X1, X2, X3", "2:1: VPADDD: AVX instructions are not supported"),
    ("KMOVQ K1, AX", "2:1: KMOVQ: AVX instructions are not supported"),
    ("ADDQ AX", "2:1: ADDQ takes 2 operands, not 1"),
    ("NEGQ AX, BX", "2:1: NEGQ takes 1 operand, not 2"),
    ("SYSCALL AX", "2:1: SYSCALL takes 0 operands, not 1"),
    ("SHLQ AX", "2:1: SHLQ takes 2 or 3 operands, not 1"),
    ("MOVQ RAX, BX", "2:6: unknown register RAX: Plan 9 syntax calls it AX"),
    ("MOVQ EDI, BX", "2:6: unknown register EDI: Plan 9 syntax calls it DI"),
    ("MOVQ AX, R16", "2:10: unknown register R16"),
    ("MOVQ 8(R16), AX", "2:8: unknown register R16"),
    ("MOVQ R8D, AX", "2:6: unknown register R8D: Plan 9 syntax calls it R8"),
    ("MOVUPS Y0, X1", "2:8: Y0 is an AVX register, which is not supported"),
    ("MOVQ 8(X1), AX", "2:6: X1 can't address memory"),
    ("MOVQ (AX)(SP*1), BX", "2:6: SP can't be an index"),
    ("MOVQ (AX)(BX*3), CX", "2:14: bad scale 3: one of 1, 2, 4, 8"),
    ("MOVQ (AX)(BX), CX", "2:13: index BX needs a scale, as in (BX*1), found )"),
    ("MOVQ 0x80000000(AX), BX", "2:6: offset 0x80000000 does not fit in 32 bits"),
    ("MOVQ $1, $2", "2:10: MOVQ can't take an immediate as its second operand"),
    ("MOVQ AX, X0, BX", "2:1: MOVQ takes 2 operands, not 3"),
    ("ADDQ X0, AX", "2:6: ADDQ can't take register X0 as its first operand"),
    ("MOVB AX, X0", "2:10: MOVB can't take register X0 as its second operand"),
    ("MOVQ AL, BX", "2:6: MOVQ can't take register AL as its first operand"),
    ("LEAQ AX, BX", "2:6: LEAQ can't take register AX as its first operand"),
    ("INCQ $1", "2:6: INCQ can't take an immediate"),
    ("MOVQ (AX), (BX)", "2:12: MOVQ can't have two operands in memory"),
    ("ADDQ $name(SB), AX", "2:6: ADDQ can't take an address with $ as its first operand"),
    ("ADDQ $1.5, AX", "2:6: ADDQ can't take a floating-point constant as its first operand"),
    ("MOVSS $1e300, X0", "2:7: 1e+300 does not fit in 4 bytes"),
    ("ADDQ $0x100000000, AX", "2:6: 0x100000000 is out of range for ADDQ: -0x80000000 to 0x7fffffff"),
    ("MOVQ $0x80000000, (AX)", "2:6: 0x80000000 is out of range for MOVQ: -0x80000000 to 0x7fffffff"),
    ("ADDL $0x100000000, AX", "2:6: 0x100000000 is out of range for ADDL: -0x80000000 to 0xffffffff"),
    ("ADDB $256, AX", "2:6: 256 is out of range for ADDB: -128 to 255"),
    ("SHLQ $256, AX", "2:6: 256 is out of range for SHLQ: 0 to 255"),
    ("INT $-1", "2:5: -1 is out of range for INT: 0 to 255"),
    ("BYTE $256", "2:6: 0x100 does not fit in BYTE"),
    ("BYTE AX", "2:1: BYTE takes one constant, such as $0x90"),
    ("ADJSP AX", "2:1: ADJSP takes one constant, such as $8"),
    ("PCALIGN $3", "2:1: PCALIGN takes a power of two from $8 to $2048"),
    ("MOVQ $0x10000000000000000, AX", "2:7: 0x10000000000000000 does not fit in 64 bits"),
    ("MOVSD $1e999, X0", "2:8: 1e999 does not fit in 64 bits"),
    ("MOVQ $089, AX", "2:7: 089 is not a number"),
    ("MOVQ $(1/0), AX", "2:9: division by zero"),
    ("MOVQ $(-1/2), AX", "2:10: / of a negative number"),
    ("MOVQ $(1+), AX", "2:10: expected a number, found )"),
    ("MOVQ $(1, AX", "2:9: expected ), found ,"),
    ("MOVQ $, AX", "2:7: expected an operand"),
    ("MOVQ $AX, BX", "2:6: $ can't stand before register AX"),
    ("MOVQ 1.5, BX", "2:6: a floating-point constant needs a $"),
    ("MOVQ foo, AX", "2:6: foo is not defined"),
    ("MOVQ $foo, AX", "2:7: foo is not defined"),
    ("MOVQ g_m(R14), AX", "2:6: g_m is not defined"),
    ("MOVQ foo<Other>(SB), AX", "2:10: unknown ABI Other of foo: one of ABI0, ABIInternal"),
    ("MOVQ foo<>(SB), AX", "2:6: undefined symbol foo<>: this file does not define it"),
    ("MOVQ 8(FP), AX", "2:8: (FP) needs a name before it, as in name+8(FP)"),
    ("MOVQ AX BX, CX", "2:9: unexpected BX"),
    ("MOVQ AX,, BX", "2:9: missing operand"),
    ("MOVQ AX,", "2:8: missing operand"),
    ("JMP nowhere", "2:5: undefined label nowhere"),
    ("JMP runtime·exit", "2:5: undefined label runtime·exit; a symbol is written runtime·exit(SB)"),
    ("JMP 9(PC)", "2:5: JMP 9(PC) goes past the end of f"),
    ("JEQ -1(PC)", "2:5: JEQ -1(PC) goes before the start of f"),
    ("JMP l; l:", "2:5: JMP l goes past the end of f"),
    ("JLS name(SB)", "2:5: JLS can't go there: only to a label or n(PC) of its TEXT"),
    ("JMP $1", "2:5: JMP can only go to a symbol, a register or through memory"),
    ("JMP", "2:1: JMP takes 1 operand, not 0"),
    ("l: CALL l", "2:9: CALL can't go to a label; a symbol is written l(SB)"),
    ("l: NOP; l: RET", "2:9: label l is already defined on line 2"),
    ("LOOP l; " + "BYTE $0; " * 130 + "l: RET", "2:1: this jump only reaches 128 bytes; its target is 130 bytes away"),
    ("PUSHQ AX; RET", "2:11: RET with unbalanced PUSH and POP: SP is 8 bytes too low"),
    ("POPQ AX; RET", "2:10: RET with unbalanced PUSH and POP: SP is 8 bytes too high"),
    ("MOVQ AX, TLS", "2:6: TLS can only be moved to a register, by MOVQ"),
    ("5: RET", "2:1: expected an instruction or a label, found 5"),
    ('MOVQ "abc', "2:6: this string is never closed"),
    ("MOVQ $'ab', AX", "2:7: 'ab' is not one character"),
    ('MOVQ $"\\q", AX', "2:7: unknown escape \\q"),
    ("MOVQ ?, AX", "2:6: unexpected character '?'"),
    ("MOVQ \x01, AX", "2:6: unexpected character U+0001"),
    ("RET\n/* a comment\n", "3:1: this comment is never closed: */ is missing"),
    ("TEXT g(SB), NOSPLIT, $0", '2:13: NOSPLIT is not defined: #include "textflag.h"'),
    ("TEXT g(SB), 4", "2:13: expected $, found 4"),
    ("TEXT g(SB)", "2:1: TEXT takes a name, flags and a frame size, not 1 operands"),
    ("TEXT h, 4, $0", "2:6: h is not defined"),
    ("TEXT g+8(SB), 4, $0", "2:6: the name of a TEXT can't have an offset"),
    ("TEXT g(SB), 4, $x", "2:17: x is not defined"),
    ("TEXT g(SB), 4, $12; RET", "2:6: frame size 12 is not a multiple of 8"),
    ("TEXT f(SB), 4, $0; RET", "2:6: f is already defined on line 1"),
    ("GLOBL f(SB), 16, $8", "2:7: f is already defined on line 1"),
    ("GLOBL d(SB), 16, $8; GLOBL d(SB), 16, $8", "2:28: d has a second GLOBL"),
    ("GLOBL d(SB), 16, AX", "2:18: GLOBL expects a size such as $8"),
    ("GLOBL d(SB), 256, $8", "2:7: TLSBSS is not supported"),
    ("GLOBL d(SB), 16, $0x7fffffff", "2:7: d is 2147483647 bytes; 67108864 is the most"),
    ("DATA d+0(SB)/8, $1", "2:6: DATA for d, which has no GLOBL"),
    ("GLOBL d(SB), 16, $8; DATA d+8(SB)/8, $1", "2:27: DATA goes past the 8 bytes of d"),
    ("GLOBL d(SB), 16, $8; DATA d+0(SB)/4, $1; DATA d+2(SB)/4, $1", "2:47: overlapping DATA for d"),
    ("GLOBL d(SB), 16, $8; DATA d+0(SB)/1, $256", "2:38: 0x100 does not fit in 1 bytes"),
    ("GLOBL d(SB), 16, $8; DATA d+0(SB)/3, $1", "2:35: bad width 3: one of 1, 2, 4, 8"),
    ("GLOBL d(SB), 16, $8; DATA d+0(SB), $1", "2:27: DATA expects a width, as in name+0(SB)/8"),
    ('GLOBL d(SB), 16, $8; DATA d+0(SB)/2, $"abc"', "2:38: this string has 3 bytes, more than 2"),
    ("GLOBL d(SB), 16, $8; DATA d+0(SB)/4, $f(SB)", "2:38: this can't be a DATA value of 4 bytes"),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), STATEMENTS, ids=[row[0][:40] for row in STATEMENTS])
def test_a_statement(mistakes: Callable[..., list[str]], statement: str, expected: str) -> None:
    assert mistakes(f"{HEAD}{statement}\n") == [expected]


DIRECTIVES = (
    ('#include "none.h"', '1:10: include file none.h not found'),
    ("#include none.h", "1:2: #include expects one file name in double quotes"),
    ("#define A 1\n#define A 2", "2:9: A is already defined: #undef it first"),
    ("#define", "1:2: #define expects a name"),
    ("#define A(x,) x", "1:9: bad parameter list of macro A"),
    ("#define A(x, x) x", "1:14: macro A has two parameters x"),
    ("#define A 1 \\ 2", "1:13: a backslash can only stand at the end of a line"),
    ("#define A(x) x\nA(1, 2)", "2:1: macro A takes 1 argument, not 2"),
    ("#define A(x) x\nA(1", "2:1: the arguments of macro A are never closed: ) is missing"),
    ("#define A A\nA", "2:1: macro A uses itself without end"),
    ("#define A B B\n#define B A A\nA", "3:1: macro A uses itself without end"),
    ("#undef A", "1:8: #undef of A, which is not defined"),
    ("#ifdef A", "1:2: this condition is never closed: #endif is missing"),
    ("#endif", "1:2: #endif without #ifdef or #ifndef"),
    ("#ifdef A\n#else\n#else\n#endif", "3:2: second #else of one condition"),
    ("#ifdef", "1:2: #ifdef expects one name"),
    ("#pragma x", "1:2: unknown directive #pragma"),
    ("#", "1:1: expected a directive after #"),
    ("RET", "1:1: RET outside of any TEXT"),
    ("l: RET", "1:1: label l outside of any TEXT"),
)


@pytest.mark.parametrize(("text", "expected"), DIRECTIVES, ids=[row[0][:40] for row in DIRECTIVES])
def test_a_directive(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text + "\n") == [expected]


def test_a_mistake_is_shown_with_its_line_and_a_caret() -> None:
    with pytest.raises(AssemblyErrors) as caught:
        assemble("x.s", "TEXT f(SB), 4, $0\n\tMOVQ\tRAX, BX // no\n", dialect="go")
    assert str(caught.value) == (
        "x.s:2:7: unknown register RAX: Plan 9 syntax calls it AX\n\tMOVQ\tRAX, BX // no\n\t    \t^"
    )


def test_all_mistakes_of_a_file_come_in_one_go_in_order(mistakes: Callable[..., list[str]]) -> None:
    lines = [m.split(":")[0] for m in mistakes(HEAD + "A\nRET\nB\nTEXT f(SB), 4, $0\nC\n")]
    assert lines == ["2", "4", "5", "6"]


def test_a_mistake_in_an_include_names_the_include(tmp_path: object) -> None:
    folder = str(tmp_path)
    with open(f"{folder}/bad.h", "w") as file:
        file.write("\n#endif\n")
    with pytest.raises(AssemblyErrors) as caught:
        assemble("a.s", '#include "bad.h"\n', dialect="go", include_dirs=[folder])
    assert [(e.file, e.line) for e in caught.value.errors] == [(f"{folder}/bad.h", 2)]


def test_an_include_that_is_not_text_says_so(tmp_path: object) -> None:
    folder = str(tmp_path)
    with open(f"{folder}/bad.h", "wb") as file:
        file.write(b"\xff\xfe\x00")
    with pytest.raises(AssemblyErrors, match="not a text file"):
        assemble("a.s", '#include "bad.h"\n', dialect="go", include_dirs=[folder])


def test_an_include_of_itself_ends(tmp_path: object) -> None:
    path = f"{tmp_path}/a.s"
    with open(path, "w") as file:
        file.write('#include "a.s"\n')
    with pytest.raises(AssemblyErrors, match="nested more than 100 deep"):
        assemble(path, '#include "a.s"\n', dialect="go")


@pytest.mark.parametrize(("dialect", "text"), [("go2008", "RET"), ("go", "CALL g(SB); RET")])
def test_a_stack_check_is_refused(mistakes: Callable[..., list[str]], dialect: str, text: str) -> None:
    message = "1:6: f needs a stack-split check, which Ringside can't make: add NOSPLIT (4)"
    assert mistakes(f"TEXT f(SB), 1, $8\n{text}\n", dialect) == [message]


def test_2008_has_no_thread_storage_register(mistakes: Callable[..., list[str]]) -> None:
    assert mistakes(f"{HEAD}MOVQ TLS, AX\n", "go2008") == ["2:6: dialect go2008 has no TLS"]
