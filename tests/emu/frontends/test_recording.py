"""A run that is recorded in windows is recorded as it would be at once, and stands where its last line says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emu.engine import RECORDED
from emu.frontends.view_data import LINES, Recording, unpack
from emu.start import prepare
from emu.stepper import Stepper
from emu.target import SourceOptions

FAR = 100_000
FORK = """TEXT ·forks(SB),7,$0
	MOVQ	$57, AX // fork
	SYSCALL
	CMPQ	AX, $0
	JEQ	child
	MOVQ	AX, DI
	MOVQ	$0, SI
	MOVQ	$0, DX
	MOVQ	$0, R10
	MOVQ	$61, AX // wait4
	SYSCALL
	RET
child:
	PUSHQ	AX
	POPQ	BX
	MOVQ	$60, AX // exit
	SYSCALL
	RET
"""


def recording(target: str, system: str, limit: int, growing: bool = False, dialect: str | None = None) -> Recording:
    subject = prepare(target, (), system, SourceOptions(dialect))
    return Recording(subject, Stepper(subject.machine, subject.program), limit, target, "", growing=growing)


def lines(recording: Recording) -> list[dict[str, Any]]:
    return [json.loads(line) for chunk in recording.chunks for line in unpack(chunk).split("\n")[1:]]


@pytest.mark.parametrize("window", (1, 7, 256))
@pytest.mark.parametrize(
    ("target", "system"),
    (
        ("rawsyscall", "linux"), ("sigsegv-resume", "linux"), ("restart", "linux"), ("sigchld", "darwin"),
        ("thread", "darwin"),
    ),
)  # fmt: skip
def test_windows_make_no_difference(target: str, system: str, window: int):
    whole = recording(target, system, FAR)
    grown = recording(target, system, window, growing=True)
    while not grown.ended:
        grown.extend(window)
    assert grown.chunks == whole.chunks
    assert (grown.log, grown.head) == (whole.log, whole.head)


@pytest.mark.parametrize("window", (1, 3))
def test_nor_do_they_where_processes_run_in_turn(window: int, tmp_path: Path):
    file = tmp_path / "fork.s"
    file.write_text(FORK, encoding="utf-8")
    whole = recording(f"{file}:forks", "linux", FAR, dialect="go2008")
    grown = recording(f"{file}:forks", "linux", window, growing=True, dialect="go2008")
    while not grown.ended:
        grown.extend(window)
    assert len({line["process"] for line in lines(whole) if "process" in line}) == 2
    assert (grown.chunks, grown.log, grown.head) == (whole.chunks, whole.log, whole.head)


@pytest.mark.parametrize("budget", (1, 30, LINES, LINES + 1, 400))
def test_the_last_line_leads_to_the_machines_registers(budget: int):
    grown = recording("sigsegv-resume", "linux", budget, growing=True)
    checkpoint, *lines = unpack(grown.chunks[-1]).split("\n")
    told = json.loads(checkpoint)
    registers = dict(told["registers"])
    for number, line in enumerate(map(json.loads, lines)):
        registers |= {name: new for name, (_, new) in line.get("registers", {}).items()}
        registers |= told["after"].get(str(number), {}).get("registers", {})
    now = dict(zip(RECORDED, map(hex, grown._stepper.registers), strict=True))
    assert registers == {name: value for name, value in now.items() if name != "rip"}


def test_a_run_that_goes_on_has_no_end_yet():
    grown = recording("rawsyscall", "linux", 3, growing=True)
    assert (grown.ended, grown.head["total"], grown.head["ending"], grown.head["results"]) == (False, 3, None, [])
    grown.extend(FAR)
    assert grown.ended and grown.head["ending"].startswith("returned after ")
    lines = grown.head["total"]
    grown.extend(FAR)
    assert grown.head["total"] == lines


def test_a_budget_ends_a_recording_that_does_not_grow():
    cut = recording("sigsegv-resume", "linux", 3)
    assert cut.ended and cut.head["total"] == 4
    assert cut.head["ending"].startswith("stopped: the instruction budget is spent after 3 instructions")
