"""Sources assembled on the spot, and listings."""

from __future__ import annotations

import re

import pytest

from emu import Code, UserError, assemble, listing, targets, trace

TWO = """
TEXT first(SB),7,$0
\tMOVQ\tx+0(FP), AX
\tINCQ\tAX
\tMOVQ\tAX, r+8(FP)
\tRET
TEXT second(SB),7,$0
\tCALL\tmissing(SB)
\tRET
"""


def test_one_routine_of_several_is_chosen_by_its_name():
    code = assemble(TWO)
    assert code.routines == ("first", "second")
    assert trace(code["first"], 41).result["r"] == 42
    with pytest.raises(UserError, match=r"2 routines: say which, as in code\['first'\] or code\['second'\]"):
        trace(code, 41)
    with pytest.raises(UserError, match="no routine 'frist': did you mean first"):
        code["frist"]


def test_what_is_missing_matters_when_it_runs():
    with pytest.raises(UserError, match=r"notebook\.s:8:7: undefined symbol missing"):
        trace(assemble(TWO)["second"])


def test_a_mistake_has_its_line_and_a_caret():
    with pytest.raises(UserError) as caught:
        assemble("TEXT f(SB),7,$0\n\tMOVQ\t$1, AXX\n\tRET\n", name="mine.s")
    assert str(caught.value) == "mine.s:2:11: AXX is not defined\n\tMOVQ\t$1, AXX\n\t    \t    ^"
    assert caught.value._render_traceback_() == [f"SourceError: {caught.value}"]


@pytest.mark.parametrize(
    ("dialect", "source"),
    [
        ("intel", ".globl _start\n_start: mov edi, 7\nmov eax, 60\nsyscall\n"),
        ("att", ".globl _start\n_start: movl $7, %edi\nmovl $60, %eax\nsyscall\n"),
        ("go", "TEXT _start(SB),7,$0\n\tMOVL\t$7, DI\n\tMOVL\t$60, AX\n\tSYSCALL\n\tRET\n"),
    ],
)
def test_a_source_with_a_start_is_a_program(dialect, source):
    assert trace(assemble(source, dialect=dialect)).status.code == 7


def test_a_label_inside_a_globl_routine_is_no_choice():
    code = assemble(".globl f\nf: mov ecx, 3\nagain: dec ecx\njnz again\nret\n", dialect="intel")
    assert [step.disassembly for step in trace(code)].count("jne 0x400005") == 3
    with pytest.raises(UserError, match="2 routines: say which"):
        trace(assemble(".globl f, g\nf: ret\ng: ret\n", dialect="intel"))
    with pytest.raises(UserError, match="2 routines: say which"):
        trace(assemble("f: ret\ng: ret\n", dialect="intel"))


def test_slots_can_be_counted():
    code = assemble("TEXT f(SB),7,$0\n\tMOVQ\t8(SP), AX\n\tMOVQ\tAX, 24(SP)\n\tRET\n", arguments=2, results=1)
    assert trace(code, 5, 6).result["r1"] == 5


def test_the_listing_has_every_instruction(parsed):
    code = listing("rawsyscall")
    rows = [[cell.text for cell in row] for row in parsed(code).findall(".//tbody/tr") if not row.get("class")]
    (placed,) = code.program
    assert [int(row[0], 16) for row in rows] == [placed.address + line.offset for line in placed.symbol.lines]
    assert bytes.fromhex("".join(row[1] for row in rows)) == code.program.read(placed.address, placed.symbol.size)


def test_listings_of_programs_and_of_own_code():
    assert "main.main:" in repr(listing("sigchld"))
    assert repr(listing(assemble(TWO))) == repr(assemble(TWO))
    assert repr(listing(assemble(TWO).program)) == repr(assemble(TWO))
    with pytest.raises(UserError, match="5 has no listing"):
        listing(5)


def test_targets_are_those_that_run():
    assert {each.system for each in targets()} == {"linux", "darwin"}
    assert [each.name for each in targets("linux")[:2]] == ["rawsyscall", "syscall"]
    assert "func RawSyscall(trap, a1, a2, a3 int64)" in repr(targets("linux"))
    with pytest.raises(UserError, match="no system 'windows'"):
        targets("windows")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: assemble(5), "a source is a text"),
        (lambda: assemble("", dialect="nasm"), "no dialect 'nasm'"),
        (lambda: trace(assemble("")), "has no routine"),
        (lambda: Code("TEXT f(SB),7,$0\nRET\n", "x.s", assemble("").options)["g"], "x.s has no routine 'g'"),
    ],
)
def test_what_is_wrong_is_said(wrong, message):
    with pytest.raises(UserError, match=message):
        wrong()


def test_a_row_of_many_bytes_tells_the_first_and_how_many_they_are(parsed):
    data = ".data\nshort: .skip 16, 1\nroom: .skip 64, 0xab\n.bss\nrest: .skip 1000\n"
    code = assemble(f"// dialect: intel\nf:\n ret\n{data}")
    cells = [row[1].text for row in parsed(code).findall(".//tbody/tr") if len(row) > 1]
    assert cells == ["c3", "01 " * 15 + "01", "ab " * 8 + "... 64 bytes", "00 " * 8 + "... 1000 bytes"]
    assert max(map(len, repr(code).splitlines())) < 110


@pytest.mark.parametrize("dialect", ["intel", "att"])
@pytest.mark.parametrize("value", ["handler", "handler + 1", "nosuch", "$5"])
def test_a_definition_without_a_value_is_told(dialect, value):
    name = value.split()[0]
    with pytest.raises(UserError, match=re.escape(f"the definition HANDLER={value}: {name} has no value")) as caught:
        assemble("handler: ret\n", dialect=dialect, defines={"HANDLER": value})
    assert f".set HANDLER, {name}" in str(caught.value)


@pytest.mark.parametrize("dialect", ["intel", "att"])
def test_a_definition_may_use_the_ones_before_it(dialect):
    code = assemble("f: .byte A, B\n", dialect=dialect, defines={"A": "0x10", "B": "A + 2"})
    assert code.program.read(code.program.find("f").address, 2) == b"\x10\x12"
