"""Sources assembled on the spot, and listings."""

from __future__ import annotations

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
