"""`ringside list`: one line a stub or program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asm.stubs import RUNS, STUBS

ROWS = (*STUBS, *RUNS)


def test_every_stub_and_program_has_one_line_with_its_systems_and_summary(run: Callable[..., Any]):
    lines = {line.split()[0]: line for line in run("list").lines}
    assert len(lines) == len(run("list").lines)
    for stub in STUBS:
        name, *words = lines[stub.name].split()
        systems = [other.system for other in ROWS if other.name == name]
        assert words[: len(systems)] == systems and words[len(systems)] not in ("linux", "darwin")
    for name in {row.name for row in ROWS}:
        assert lines[name].endswith(next(row.summary for row in ROWS if row.name == name))


def test_lines_fit_a_terminal_of_120_columns(run: Callable[..., Any]):
    assert max(map(len, run("list").lines)) <= 120


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_a_systems_own_stubs_can_be_asked_for(run: Callable[..., Any], system: str):
    names = {line.split()[0] for line in run("list", "--os", system).lines}
    ours, others = ({s.name for s in ROWS if (s.system == system) is own} for own in (True, False))
    assert names >= ours and not names & (others - ours)


def test_signatures_are_shown_on_demand(run: Callable[..., Any]):
    lines = run("list", "--signatures").lines
    at = next(i for i, line in enumerate(lines) if line.startswith("rawsyscall "))
    assert lines[at + 1].strip() == "func RawSyscall(trap, a1, a2, a3 int64) (r1, r2, errno int64)"
