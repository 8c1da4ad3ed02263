"""Every rule's program, on the host and in the emulator: equal after every instruction, and at the end.

`programs/*.s` say the rules. What still differs is in DIFFERENT, with the rule that is broken: such a test
must fail, and says so when it no longer does.
"""

from __future__ import annotations

import pytest

from emu.machine import Machine
from kernel_stub.linux import fpstate
from kernel_stub.linux.personality import LINUX
from tests.oracle.signals.compare import Verdict
from tests.oracle.signals.conftest import Bench, Report
from tests.oracle.signals.sources import Source, sources

BUDGET = 1_000_000

NO_ALIGNMENT = "operands are checked for alignment only while there is something else to check"
DIFFERENT: dict[str, str] = {
    "movaps_misaligned": NO_ALIGNMENT,
}


def parameters() -> list[object]:
    """The programs, with their marks."""
    return [
        pytest.param(
            source,
            id=source.name,
            marks=[pytest.mark.xfail(strict=True, reason=DIFFERENT[source.name])] if source.name in DIFFERENT else [],
        )
        for source in sources()
    ]


def judge(source: Source, verdict: Verdict) -> None:
    """Fails with the rule and what differs."""
    if verdict.differences:
        pytest.fail("\n".join([source.rule, *map(str, verdict.differences)]), pytrace=False)


@pytest.mark.parametrize("source", parameters())
def test_the_same_on_the_host(source: Source, bench: Bench, report: Report) -> None:
    verdict = bench.compare(source)
    report.note(source.name, verdict)
    judge(source, verdict)


@pytest.mark.parametrize("source", parameters())
def test_the_same_without_steps(source: Source, bench: Bench) -> None:
    """From SYSCALL to SYSCALL and signal to signal: no step of the tracer can have had a part in it."""
    verdict = bench.compare(bench.unstepped(source))
    judge(source, verdict)


EQUAL = [source for source in sources() if source.name not in DIFFERENT and "continue" not in source.options]


@pytest.mark.parametrize("source", EQUAL, ids=lambda source: source.name)
def test_the_same_at_full_speed(source: Source, bench: Bench) -> None:
    """Stepped and not stepped, our own run ends in the same state."""
    run = bench.emulated(source)
    run.run_on(BUDGET)
    assert run.end() == bench.stepped_end(source)


# 2048 bytes hold a frame without AVX, and 16 KiB hold more of them.
FIT = {"overflow_at_once", "overflow_caught", "autodisarm_small", "nested_exhausts"}
FACTS = ("count", "code", "noted")


@pytest.mark.parametrize("source", [s for s in EQUAL if s.name not in FIT], ids=lambda source: source.name)
def test_the_same_end_with_our_own_xsave_size(source: Source, host_bench: Bench) -> None:
    """With the emulated processor's XSAVE area frames are smaller; what the program found out is the same."""
    run, theirs = host_bench.emulated(source), host_bench.natively(source)
    run.run_on(BUDGET)
    assert (run.ending, run.output) == (source.ending, theirs.output)
    memory = run.snapshot()
    for fact in FACTS:
        ours = run.watched.word(memory, run.program.symbols[fact].address)
        assert ours == host_bench.final_word(source, fact), fact


def test_a_new_process_has_no_x87_values() -> None:
    """ELF_PLAT_INIT's fpu is fpstate.INITIAL."""
    assert Machine(LINUX).cpu.engine.fpu.load() == fpstate.INITIAL


def test_names_are_unique() -> None:
    names = [source.name for source in sources()]
    assert len(set(names)) == len(names)
    assert set(DIFFERENT) <= set(names)
