"""Mistakes in Intel and AT&T sources: what is said, and where the caret stands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asm.errors import AssemblyErrors
from asm.sources import assemble_text

# The text before the mistake, the text from the mistake on, the message.
ATT = [
    ("a: ", "mvq %rax, %rbx", "unknown instruction mvq"),
    ("movq ", "%rax", "movq doesn't take this operand alone"),
    ("movq ", "%rax, %rbx, %rcx", "movq doesn't take these operands"),
    ("", "movq", "movq needs operands"),
    ("addl ", "%eax, %rbx", "addl doesn't take these operands"),
    ("movq ", "%rxx, %rbx", "unknown register %rxx"),
    ("movq (%rax,", "%foo), %rbx", "unknown register %foo"),
    ("movq ", "%rs:(%rax), %rbx", "%rs is not a segment register"),
    ("movb ", "$300, %al", "immediate 0x12c is out of range: it doesn't fit 8 bits"),
    ("movw ", "$-32769, (%rax)", "immediate -0x8001 is out of range: it doesn't fit 16 bits"),
    ("movl ", "$0x100000000, %eax", "immediate 0x100000000 is out of range: it doesn't fit 32 bits"),
    ("addq ", "$0x80000000, %rax", "immediate 0x80000000 is out of range: it doesn't fit 32 bits"),
    ("pushq ", "$0x80000000", "immediate 0x80000000 is out of range: it doesn't fit 32 bits"),
    ("movq $0x80000000, %rax; movq ", "$0x80000000, (%rax)", "immediate 0x80000000 is out of range: "
     "it doesn't fit 32 bits"),
    ("movq ", "0x123456789(%rax), %rbx", "displacement 0x123456789 is out of range: it doesn't fit 32 bits"),
    ("movl $1, (%rax,%rbx,", "3)", "a scale is 1, 2, 4 or 8"),
    ("x: nop; ", "x: nop", "x is already defined on line 1"),
    ("jmp ", ".Lnone", "undefined label .Lnone"),
    ("jmp ", "1f", "undefined label 1:"),
    ("jmp ", "2b", "there is no label 2: before this"),
    ("jmp ", "5", "jmp needs a label: an address is not known before linking"),
    ("x: .skip 200; jrcxz ", "x", "a distance of -0xca doesn't fit 1 byte"),
    ("jrcxz ", "outside", "outside is too far away for this jump"),
    ("movw ", "$x, %ax", "movw has no room for an address in this operand"),
    ("", ".foo 1", "unknown directive .foo"),
    (".byte 1, ", "256", "0x100 is out of range: it doesn't fit 8 bits"),
    (".ascii ", "hello", 'a string in "double quotes" is missing here'),
    (".ascii ", '"open', "this string has no end"),
    ("nop ", "/* never", "this comment has no end"),
    (".zero ", "-1", "a size of -0x1 is out of range: 0 to 0x1000000"),
    (".zero ", "later", "the size must be a number that is known here"),
    (".align ", "3", "an alignment of 3 is not a power of two up to 4096"),
    (".include ", '"nope"', "nope: no such file here or in the include folders"),
    ("", ".set x", ".set takes 2 operands, not 1"),
    ("x: .set ", "x, 1", "x is a label on line 1"),
    ("movl $1 ", "2, %eax", "unexpected '2' in an expression"),
    ("movl $", "(1+2, %eax", "this parenthesis is not closed"),
    ("movl $1", "/0, %eax", "division by zero"),
    ("movl $", "089, %eax", "089 is not an octal number"),
    ("movl $" + 64 * "(", "(1" + 65 * ")" + ", %eax", "parentheses and signs are nested more than 64 deep"),
    ("movl $" + 64 * "-", 5000 * "-" + "1, %eax", "parentheses and signs are nested more than 64 deep"),
    ("movl $", 5000 * "9" + ", %eax", "a number of 5000 digits fits nowhere"),
    ("a: movl $a", "*2, %eax", "'*' needs numbers, not addresses"),
    ("a: movl $", "-a, %eax", "this is neither a number nor an address"),
    (".bss; ", "nop", ".bss holds no code"),
    ("vaddps %zmm0, %zmm1, %zmm2", "{%k1}", "AVX-512 masks and rounding are not supported"),
    ("ret ", "$0x10000", "immediate 0x10000 is out of range: it doesn't fit 16 bits"),
    ("pushw ", "$70000", "immediate 0x11170 is out of range: it doesn't fit 16 bits"),
    ("enter $8, ", "$256", "immediate 0x100 is out of range: it doesn't fit 8 bits"),
    ("movq (%rax,", "%rsp), %rax", "rsp can't be an index"),
    ("", "m[v rax", "unknown instruction m[v"),
]  # fmt: skip
INTEL = [
    ("", "mvq rax, rbx", "unknown instruction mvq"),
    ("mov ", "rax", "mov doesn't take this operand alone"),
    ("mov ", "5, eax", "mov doesn't take these operands"),
    ("mov al, ", "300", "immediate 0x12c is out of range: it doesn't fit 8 bits"),
    ("mov byte ptr [rax], ", "300", "immediate 0x12c is out of range: it doesn't fit 8 bits"),
    ("add rax, ", "0x100000000", "immediate 0x100000000 is out of range: it doesn't fit 32 bits"),
    ("mov eax, ", "[rax+rbx+rcx]", "an address has at most a base and an index"),
    ("mov eax, [rax+", "rbx*3]", "a scale is 1, 2, 4 or 8"),
    ("mov eax, ", "[rax", "this bracket is not closed"),
    ("mov eax, [rax-", "rbx]", "a register can't be subtracted from an address"),
    ("mov ", "[rax], 5", "mov doesn't take these operands"),
    ("mov eax, 1 +", "", "an expression is missing here"),
    ("mov eax, ", "[rax + rsp*2]", "rsp can't be an index"),
    ("lea rax, ", "[rsp + rsp]", "rsp can't be an index"),
    ("mov eax, ", ", 5", "an operand is missing here"),
]


@pytest.mark.parametrize(
    "dialect, before, rest, message",
    [("att", *row) for row in ATT] + [("intel", *row) for row in INTEL],
    ids=lambda value: value or "-",
)
def test_the_message_and_its_place(dialect, before, rest, message):
    with pytest.raises(AssemblyErrors) as caught:
        assemble_text(f"{before}{rest}", "x.s", dialect=dialect)
    errors = [(e.line, e.column, e.message) for e in caught.value.errors]
    assert errors == [(1, len(before) + 1, message)]


def test_all_mistakes_of_a_file_come_at_once_in_order():
    text = "jmp .Lnone\n" + "\tbad\n" * 12
    with pytest.raises(AssemblyErrors) as caught:
        assemble_text(text, "x.s", dialect="att")
    assert [error.line for error in caught.value.errors] == list(range(1, 14))
    assert str(caught.value).endswith("x.s:10:2: unknown instruction bad\n\tbad\n\t^\n3 more")


def test_a_mistake_in_an_included_file_is_located_there(tmp_path):
    (tmp_path / "inner.s").write_text("nop\nbad\n")
    with pytest.raises(AssemblyErrors) as caught:
        assemble_text('.include "inner.s"', "x.s", dialect="att", include_dirs=[tmp_path])
    assert [(e.file, e.line) for e in caught.value.errors] == [(str(tmp_path / "inner.s"), 2)]


def test_files_that_include_themselves_end(tmp_path):
    path = tmp_path / "self.s"
    path.write_text('.include "self.s"\n')
    with pytest.raises(AssemblyErrors, match="include each other without end"):
        assemble_text(path.read_text(), str(path), dialect="att")


WORDS = r"""
mov movq movabs push nop jmp call lock rep vaddps .byte .set .align .section .fill .comm .ascii
rax %rax eax xmm0 st(1) %st fs: %fs: {z} {%k1} {k1} ptr qword offset rel foo foo: 1: 1b 1f .L é
0 1 9 0x 0xffffffffffffffffffff 'a ' " \ $ % ( ) [ ] { } , ; : . = + - * / << ! ~ && # // /* */
"""
PIECES = [*WORDS.split(), "\n", "\t"]


@pytest.mark.parametrize("dialect", ["att", "intel"])
@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(["", " "]))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_the_assembler_fail_in_another_way(dialect, pieces, glue):
    try:
        assemble_text(glue.join(pieces), "x.s", dialect=dialect)
    except AssemblyErrors as errors:
        assert errors.errors
