"""The mistakes, kind by kind, and statements as text."""

from __future__ import annotations

import pytest

from asm.plan9.variants import Variants
from emu.mutants.mutations import mutants
from emu.mutants.spelling import spell

GENERAL = 15  # general registers but SP


def variants(text: str, dialect: str = "go2008") -> Variants:
    return Variants("f.s", f"TEXT f(SB),7,$0\n{text}", "f", dialect=dialect)


def changed(text: str, kind: str) -> list[str]:
    return [mutant.after for mutant in mutants(variants(text).body) if mutant.kind == kind]


@pytest.mark.parametrize(
    ("text", "kind", "after"),
    [
        ("MOVQ 16(SP), DI\n", "drop", [""]),
        ("MOVQ 16(SP), DI\n", "slot", ["MOVQ 8(SP), DI", "MOVQ 24(SP), DI"]),
        ("MOVQ a+8(FP), DI\n", "slot", ["MOVQ a+0(FP), DI", "MOVQ a+16(FP), DI"]),
        ("MOVQ 16(SP), DI\n", "size", ["MOVB 16(SP), DI", "MOVW 16(SP), DI", "MOVL 16(SP), DI"]),
        ("MOVQ 16(SP), DI\n", "constant", []),
        ("CMPQ AX, $0xfffffffffffff001\n", "constant",
         ["CMPQ AX, $0xfffffffffffff000", "CMPQ AX, $0xfffffffffffff002"]),
        ("JLS 2(PC)\nRET\nRET\n", "constant", ["JLS 1(PC)", "JLS 3(PC)"]),
        ("JLS ok\nRET\nok: RET\n", "constant", ["JLS ok-1", "JLS ok+1"]),
        ("SYSCALL\n", "size", []),
        ("SYSCALL\n", "register", []),
        ("MOVQ 32(R14), R15\nRET\n", "swap", ["RET; MOVQ 32(R14), R15"]),
        ("JMP ok\nok: RET\n", "condition", []),
    ],
)  # fmt: skip
def test_one_kind_of_mistake(text: str, kind: str, after: list[str]):
    assert changed(text, kind) == after


def test_a_condition_becomes_each_of_the_other_fifteen():
    found = changed("JLS ok\nok: RET\n", "condition")
    assert len(found) == len(set(found)) == 15
    assert "JLS ok" not in found and "JHI ok" in found and "JCS ok" in found


def test_a_register_becomes_every_other_one_but_the_stack_pointer():
    found = changed("NEGQ AX\n", "register")
    assert len(set(found)) == GENERAL - 1
    assert not {"NEGQ AX", "NEGQ SP"} & set(found)


def test_the_base_of_an_operand_in_memory_becomes_its_neighbours():
    assert "MOVQ 32(R13), R15" in changed("MOVQ 32(R14), R15\n", "register")
    assert "MOVQ 32(R15), R15" in changed("MOVQ 32(R14), R15\n", "register")
    assert all("(SP)" in after for after in changed("MOVQ 16(SP), DI\n", "register"))


def test_a_dropped_statement_keeps_its_place_for_jumps_that_count():
    made = variants("JLS 3(PC)\nNEGQ AX\nRET\nRET\n")
    (dropped,) = (mutant for mutant in mutants(made.body) if mutant.kind == "drop" and mutant.index == 1)
    assert made.assemble(dropped.body).data.hex() == "7601c3c3"


def test_mutants_say_where_and_what():
    found = list(mutants(variants("\tSYSCALL\n\tNEGQ AX\n").body))
    assert {mutant.line for mutant in found if mutant.index == 1} == {3}
    assert {mutant.before for mutant in found if mutant.index == 1} == {"NEGQ AX"}


def test_no_mistake_leaves_the_statements_as_they_are():
    body = variants("MOVQ 8(SP), AX\nADDQ $1, AX\nJLS ok\nNEGQ AX\nok: MOVQ AX, 16(SP)\nRET\n").body
    assert all(mutant.body != body for mutant in mutants(body))


@pytest.mark.parametrize(
    "text",
    [
        "MOVQ 16(SP), DI", "MOVQ -8(SP), AX", "MOVQ (AX), BX", "MOVQ 8(BX)(AX*1), BX", "CMPB (BX)(CX*2), $0",
        "MOVQ a+8(FP), DI", "MOVQ x-8(SP), DI", "CALL sys\u00b7write(SB)", "MOVQ $newline<>(SB), AX", "INT $3",
        "MOVQ AX, ringside\u00b7signal+4(SB)", "CMPQ AX, $0xfffffffffffff001", "JLS 2(PC)", "JLS ok", "RET",
        "MOVL $0x2000000, AX", "ADDQ $-1, AX",
    ],
)  # fmt: skip
def test_statements_are_spelled_as_written(text: str):
    made = variants(f"{text}\nok: RET\nRET\n")
    assert spell(made.body[0]) == text
