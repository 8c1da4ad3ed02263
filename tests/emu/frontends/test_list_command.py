"""`ringside list`: one line a stub."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asm.stubs import STUBS


def test_every_stub_has_one_line_with_its_systems_and_summary(run: Callable[..., Any]):
    lines = run("list").lines
    names = [line.split()[0] for line in lines]
    assert len(names) == len(set(names)) and set(names) == {stub.name for stub in STUBS}
    for line in lines:
        name, *words = line.split()
        systems = [stub.system for stub in STUBS if stub.name == name]
        assert words[: len(systems)] == systems
        assert line.endswith(next(stub.summary for stub in STUBS if stub.name == name))


def test_lines_fit_a_terminal_of_120_columns(run: Callable[..., Any]):
    assert max(map(len, run("list").lines)) <= 120


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_a_systems_own_stubs_can_be_asked_for(run: Callable[..., Any], system: str):
    names = {line.split()[0] for line in run("list", "--os", system).lines}
    assert names == {stub.name for stub in STUBS if stub.system == system}


def test_signatures_are_shown_on_demand(run: Callable[..., Any]):
    lines = run("list", "--signatures").lines
    at = next(i for i, line in enumerate(lines) if line.startswith("rawsyscall "))
    assert lines[at + 1].strip() == "func RawSyscall(trap, a1, a2, a3 int64) (r1, r2, errno int64)"
