"""sweep, compare, contract, mutate: the commands' work as objects, and their tables."""

from __future__ import annotations

import pytest

from emu import Code, UserError, assemble, compare, contract, mutate, sweep
from emu.mutants.judge import Verdict
from emu.sweeps import Taken

CARELESS = """
// func RawSyscall(trap, a1, a2, a3 int64) (r1, r2, errno int64)
TEXT careless(SB),7,$0
\tMOVQ\t16(SP), DI
\tMOVQ\t24(SP), SI
\tMOVQ\t32(SP), DX
\tMOVQ\t8(SP), AX
\tSYSCALL
\tMOVQ\tAX, 40(SP)
\tMOVQ\tDX, 48(SP)
\tMOVQ\t$0, 56(SP)
\tRET
"""


@pytest.fixture(scope="module")
def careless() -> Code:
    """RawSyscall without the test for errors."""
    return assemble(CARELESS, dialect="go2008", arguments=4, results=3)


def test_a_sweep_says_where_stub_and_kernel_differ(parsed):
    found = sweep("rawsyscall")
    (one,) = found.differing
    assert (one.first, one.last, one.routine, one.kernel) == (-4095, -4095, Taken.RESULT, Taken.ERROR)
    rows = [[cell.text for cell in row] for row in parsed(found).findall(".//tbody/tr")]
    assert [row for row in rows if row[-1]] == [["-4095", "1", "takes result", "means error", "they differ"]]
    assert "The stub takes as errors: -4094..-1." in repr(found)


def test_a_sweep_on_darwin_has_both_carry_flags(parsed):
    found = sweep("rawsyscall", system="darwin")
    assert [(each.carry, each.routine) for each in found.ranges] == [(False, Taken.RESULT), (True, Taken.ERROR)]
    assert parsed(found).find(".//thead//th").text == "carry flag"


def test_a_sweep_takes_own_code(careless):
    assert sweep(careless).differing != ()


def test_a_comparison_has_both_runs_and_names_what_differs(parsed):
    found = compare("rawsyscall", "close", 99)
    assert (found.linux.errno, found.darwin.errno) == ("EBADF", "EBADF")
    assert (len(found.linux), len(found.darwin)) == (12, 11)
    assert "negation" in [difference.name for difference in found.differences]
    rows = [["".join(cell.itertext()) for cell in row] for row in parsed(found).find(".//table/tbody")]
    negation = next(row for row in rows if row[-1] == "negation")
    assert (negation[1], negation[3]) == ("NEGQ AX", "")
    assert "What differs:" in repr(found)


def test_own_code_runs_on_both_systems(careless):
    found = compare(careless, "getpid")
    assert found.linux.calls[0].text == "getpid() = 4242"
    assert found.darwin.status.signal == "SIGSYS"  # the number has no class
    assert "signal" in [difference.name for difference in found.differences]


def test_a_contract_that_holds(parsed):
    found = contract("rawsyscall")
    assert (found.held, found.broken) == (True, ())
    rows = [[cell.text for cell in row] for row in parsed(found).findall(".//tbody/tr")]
    assert {row[1] for row in rows} == {"held"}


def test_a_broken_clause_has_its_shortest_input_and_its_trace(parsed):
    found = contract("rawsyscall-strict")
    (broken,) = found.broken
    assert (found.held, broken.name, broken.case.answer.value) == (False, "error", -4095)
    assert broken.trace.calls[0].injected
    assert "the kernel answers -4095" in broken.input
    rows = [row for row in parsed(found).findall(".//tbody/tr") if row.get("class") == "marked"]
    assert [[cell.text for cell in row][:2] for row in rows] == [["error", "BROKEN"]]
    assert repr(broken).startswith("error: r1 is -4095")


def test_own_code_under_a_contract(careless):
    assert [broken.name for broken in contract("rawsyscall", careless, answers=200).broken] == ["error"]
    assert contract("rawsyscall", careless, without="error", answers=200).held


def test_mutants_and_what_became_of_them(parsed):
    found = mutate("byteptr")
    assert len(found) == len(found.killed) + len(found.equivalent) + len(found.survivors)
    assert len(found.survivors) == 0
    assert found.summary.startswith(f"{len(found.killed)} killed")
    rows = [[cell.text for cell in row] for row in parsed(found).findall(".//tbody/tr")]
    assert len(rows) == len(found)
    assert {row[3] for row in rows} <= {verdict.value for verdict in Verdict}
    assert found[0].mutant.kind == rows[0][1]


def test_a_long_list_of_mutants_has_its_survivors_first_and_the_rest_folded(parsed):
    found = mutate("rawsyscall", without=["number"], answers=50)
    tree = parsed(found)
    survivors, rest = tree.findall(".//table")
    assert [row[3].text for row in survivors.findall("tbody/tr")] == ["survived"] * len(found.survivors)
    assert len(rest.findall("tbody/tr")) == len(found) - len(found.survivors)
    assert rest in list(tree.find(".//details"))
    lines = repr(found).splitlines()
    assert found.summary in lines[0]
    assert len(lines) < 50
    assert sum(" survived " in line for line in lines[1:]) == len(found.survivors)
    assert any("mutants left out" in line for line in lines)
    assert parsed(found.equivalent).find(".//details") is None


def test_a_clause_that_is_left_out_lets_mutants_live():
    found = mutate("byteptr", without="value")
    assert {each.mutant.kind for each in found.survivors} >= {"drop", "register"}
    assert len(found[:5]) == 5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: sweep("byteptr"), "there is nothing to sweep"),
        (lambda: sweep("sigchld"), "is a program"),
        (lambda: sweep("rawsyscal"), "did you mean rawsyscall"),
        (lambda: compare("syscall6-before"), "on linux only"),
        (lambda: contract("rawsyscal"), "did you mean rawsyscall"),
        (lambda: contract("rawsyscall", without="negation"), "no clause 'negation'"),
        (lambda: contract("rawsyscall", system="plan9"), "no system 'plan9'"),
        (lambda: mutate("notok"), "no contract is known for notok"),
        (lambda: mutate("rawsyscall", contract="rawsyscall-strict"), "breaks rawsyscall-strict itself"),
    ],
)
def test_what_is_wrong_is_said(wrong, message):
    with pytest.raises(UserError, match=message):
        wrong()
