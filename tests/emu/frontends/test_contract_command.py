"""`ringside contract`: the list, the verdicts, the shortest counter-example with its trace."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

FEW = ("--answers", "300")


def test_without_a_name_all_contracts_and_clauses_are_listed(run: Callable[..., Any]):
    ran = run("contract")
    assert ran.status == 0
    assert "rawsyscall on linux: a system call of three arguments" in ran.lines
    assert "  errors are -4094..-1, as Go's stubs draw the line" in ran.lines
    assert "  stack      At the return SP is just above the return address." in ran.lines


def test_the_list_may_be_that_of_one_system(run: Callable[..., Any]):
    for system, other in (("linux", "darwin"), ("darwin", "linux")):
        ran = run("contract", "--os", system)
        assert f"rawsyscall on {system}: a system call of three arguments" in ran.lines
        assert f" on {other}:" not in ran.out
        found = json.loads(run("contract", "--os", system, "--format", "json").out)
        assert {contract["system"] for contract in found} == {system}


def test_a_narrow_terminal_folds_what_is_promised(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("emu.frontends.options.terminal_columns", lambda: 60)
    lines = run("contract").lines
    at = lines.index("  writes     It writes to its result slots and below the")
    assert lines[at + 1] == "             stack pointer only."
    assert max(map(len, run("list", "--os", "darwin").lines)) <= 60


def test_the_list_as_json_has_the_same(run: Callable[..., Any]):
    found = {(c["contract"], c["system"]): c for c in json.loads(run("contract", "--format", "json").out)}
    assert found["rawsyscall", "darwin"]["errors"] == "errors come with the carry flag set"
    assert [clause["name"] for clause in found["sigreturn", "linux"]["clauses"]] == [
        "stops", "once", "number", "frame", "writes",
    ]  # fmt: skip


def test_a_contract_that_holds_names_every_clause(run: Callable[..., Any]):
    ran = run("contract", "rawsyscall", "--os", "darwin", *FEW)
    assert ran.status == 0
    assert re.fullmatch(r"rawsyscall under rawsyscall on darwin: 400 cases in \d+\.\d\d s", ran.lines[0])
    assert ran.lines[1] == "Called as: Go of 2008 (no callee-saved registers; R14 is m, R15 is g)."
    assert [line.split()[1] for line in ran.lines[4:]] == ["held"] * 11


def test_a_broken_clause_comes_with_its_shortest_input_and_the_trace(run: Callable[..., Any]):
    ran = run("contract", "rawsyscall-strict", *FEW)
    assert ran.status == 1
    assert "  error      BROKEN  For an error, r1 is -1, r2 is 0 and errno is its number." in ran.lines
    start = ran.lines.index("error: r1 is -4095 instead of -1: the answer -4095 is an error")
    assert ran.lines[start + 1] == (
        "The shortest input: trap = 0; a1 = 0; a2 = 0; a3 = 0; the kernel answers -4095; "
        "all other registers 0, flags clear"
    )
    trace = ran.lines[start + 3 :]
    assert trace[0] == "syscall.RawSyscall(trap=0, a1=0, a2=0, a3=0) on linux"
    assert any("SYSCALL" in line and "0xfffffffffffff001 (-4095)" in line for line in trace)
    assert trace[-2:] == ["r1 = -4095  r2 = 0  errno = 0", "returned after 11 instructions"]


def test_a_stub_before_its_mending_is_broken(run: Callable[..., Any]):
    ran = run("contract", "syscall6", "syscall6-before", *FEW)
    assert ran.status == 1
    assert any(line.startswith("error: ") for line in ran.lines)
    assert "entersyscall" in ran.out and "here the contract plays" in ran.out


def test_json_has_the_case_and_the_trace(run: Callable[..., Any]):
    ran = run("contract", "sigtramp", "sigtramp-before", *FEW, "--format", "json")
    assert ran.status == 1
    (found,) = ran.objects
    assert (found["held"], found["target"], found["system"]) == (False, "sigtramp-before", "linux")
    (broken,) = [clause for clause in found["clauses"] if not clause["held"]]
    assert broken["name"] == "g"
    assert broken["case"] == {
        "arguments": {"sig": "0x0", "info": "0x0", "context": "0x0"},
        "answer": {"value": 0, "carry": False, "second": "0x0"},
        "garbage": 0,
    }
    assert broken["trace"][0]["position"] == 0
    assert "result" in broken["trace"][-1]


def test_the_case_of_a_replay_goes_as_in_the_rig(run: Callable[..., Any], source: Callable[..., str]):
    """Second results, flags and what called routines leave are shown as they were judged."""
    path = source(
        "// dialect: go2008\nTEXT f(SB),7,$0\n\tMOVQ 16(SP), DI\n\tMOVQ 24(SP), SI\n\tMOVQ 32(SP), DX\n"
        "\tMOVQ 8(SP), AX\n\tADDQ $0x2000000, AX\n\tSYSCALL\n\tJCC ok\n\tMOVQ $-1, 40(SP)\n\tMOVQ $0, 48(SP)\n"
        "\tMOVQ AX, 56(SP)\n\tRET\nok:\n\tMOVQ AX, 40(SP)\n\tMOVQ $0, 48(SP)\n\tMOVQ $0, 56(SP)\n\tRET\n"
    )
    ran = run("contract", "rawsyscall", f"{path}:f", "--os", "darwin", *FEW, "--format", "json")
    (broken,) = [clause for clause in ran.objects[0]["clauses"] if not clause["held"]]
    assert broken["seen"] == "r2 is 0 instead of 1: the answer 0 with CF clear is a result"
    steps = [step for step in broken["trace"] if "position" in step]
    (call,) = [step for step in steps if step["source"]["text"].strip() == "SYSCALL"]
    assert call["registers"]["rdx"] == ["0x0", "0x1"]


def test_a_routine_that_never_ends_is_shown_in_part(run: Callable[..., Any], source: Callable[..., str]):
    path = source("// dialect: go2008\nTEXT f(SB),7,$0\nl:\tMOVQ 8(SP), AX\n\tJMP l\n")
    ran = run("contract", "casts", f"{path}:f", *FEW)
    assert ran.status == 1
    assert "returns: it does not end" in ran.lines
    assert any(line.endswith("lines left out ...") for line in ran.lines)
    assert len(ran.lines) < 200


def test_casts_are_checked_one_by_one(run: Callable[..., Any]):
    ran = run("contract", "casts", "--answers", "20", "--format", "json")
    assert ran.status == 0
    assert len({found["target"] for found in ran.objects}) == 16


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rawsycall",), "no contract rawsycall on linux; did you mean rawsyscall"),
        (("sigreturn", "--os", "darwin"), "no contract sigreturn on darwin; there is one on linux"),
        (("rawsyscall6",), "is about no shipped stub: name a target, or --go-root DIR"),
        (("rawsyscall", "nosuch"), "no stub nosuch on linux"),
        (("rawsyscall", "rawsyscall", "--go-root", "."), "a target or --go-root, not both"),
        (("rawsyscall", "--go-root", "."), "is no Go tree: it has no folder src"),
        (("casts", "nosuch.s:f"), "can't read this file"),
    ],
)
def test_wrong_input_is_told(run: Callable[..., Any], tmp_path: Any, monkeypatch: Any, arguments, message: str):
    monkeypatch.chdir(tmp_path)
    ran = run("contract", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err


def test_an_undefined_routine_is_told_with_its_line(run: Callable[..., Any], source: Callable[..., str]):
    path = source("// dialect: go2008\nTEXT f(SB),7,$0\n\tCALL nowhere(SB)\n\tRET\n")
    ran = run("contract", "casts", f"{path}:f")
    assert ran.status == 2
    assert f"{path}:3:7: undefined symbol nowhere" in ran.err


def test_without_hypothesis_a_message_says_how_to_install_it(run: Callable[..., Any], monkeypatch: Any):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    ran = run("contract", "rawsyscall")
    assert ran.status == 2
    assert ran.err == (
        "ringside: contracts need Hypothesis, which is not installed: pip install 'ringside[contracts]'\n"
    )
    assert run("contract").status == 0
    assert run("mutate", "sigreturn", "--answers", "10", "--jobs", "1").status == 0
