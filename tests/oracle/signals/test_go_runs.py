"""Go's signal programs, single-stepped on the host and here: equal after every instruction.

Unlike ours they run on the stack that execve gives, so that is watched too.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from asm.elf import write
from asm.stubs import RUNS, Run, linked
from emu.loaders.program import start_run
from emu.machine import Machine
from kernel_stub.linux.personality import LINUX
from tests.oracle.signals import native
from tests.oracle.signals.compare import Comparison
from tests.oracle.signals.conftest import Bench, Report
from tests.oracle.signals.emulated import Emulated

LATER = 400  # milliseconds: a busy host must reach its read before the input does
SCHEDULED = frozenset(("fork",))  # when its child ends, and SIGCHLD comes, is the scheduler's to say
LINUX_RUNS = [run for run in RUNS if run.system == "linux"]


def ending(run: Run, dumps: bool) -> str:
    """How the catalogue says the program ends, as our programs' heads put it."""
    return f"{'dumped' if dumps else 'killed'} {run.signal}" if run.signal else f"exit {run.status}"


STEPPED = [run for run in LINUX_RUNS if run.name not in SCHEDULED]


@pytest.mark.parametrize("run", STEPPED, ids=lambda run: run.name)
def test_the_same_on_the_host(run: Run, bench: Bench, report: Report, tmp_path: Path) -> None:
    program, path = linked(run), tmp_path / run.name
    write(program, path)
    arrivals = [(arrival.milliseconds + LATER, arrival.data) for arrival in run.arrivals or ()]
    options = frozenset(("stack",))
    theirs = native.run(bench.tracer, path, bench.region(program), options, arrivals)
    assert theirs.ending == ending(run, bench.dumps)
    machine = Machine(LINUX)
    start_run(machine, run)
    verdict = Comparison(theirs, Emulated(machine, program, theirs), {}, dumps=bench.dumps).run()
    report.note(run.name, verdict)
    assert verdict.states + 1 >= len(theirs.states) or verdict.differences
    if verdict.differences:
        pytest.fail("\n".join([run.summary, *map(str, verdict.differences)]), pytrace=False)


@pytest.mark.parametrize("name", sorted(SCHEDULED))
def test_the_same_output_and_status_on_the_host(name: str, tmp_path: Path) -> None:
    (run,) = (run for run in LINUX_RUNS if run.name == name)
    path = tmp_path / name
    write(linked(run), path)
    path.chmod(0o755)
    theirs = subprocess.run([path], capture_output=True, timeout=60, check=False)
    assert (theirs.stdout, theirs.stderr, theirs.returncode) == (run.stdout, run.stderr, run.status)
