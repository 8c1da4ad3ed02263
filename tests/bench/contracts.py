"""Contracts and mutants: how long it takes to know that a stub keeps its word, and that its contract is no sieve."""

from __future__ import annotations

import os
import time
from statistics import median

from measure import ROUNDS, Figure

STUBS = (("rawsyscall", "linux"), ("syscall6", "darwin"), ("sigtramp", "darwin"))
PROCESSES = 2


def contract() -> list[Figure]:
    """RawSyscall's contract over 10,000 answers, the machine and Hypothesis's part included, the imports not."""
    from emu.contracts import catalogue
    from emu.contracts.check import check
    from emu.contracts.generate import require_hypothesis
    from emu.contracts.subject import bind
    from emu.target import sources

    require_hypothesis()
    of = catalogue.find("rawsyscall", "linux")
    check(bind(of, sources("rawsyscall", "linux")), 100, 1)  # what is imported and made once
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        report = check(bind(of, sources("rawsyscall", "linux")), 10_000, 1)
        rounds.append(time.process_time() - start)
        assert report.held and report.tried >= 10_000
    return [Figure("contract of RawSyscall, 10,000 answers", median(rounds), "s", 1, at_most=True)]


def mutants() -> list[Figure]:
    """All mutants of three stubs, with the default number of inputs, on two processes: their start included.

    The goal is held against the processors' own time, as for the other figures; the clock's is beside it.
    """
    from emu.contracts import catalogue
    from emu.mutants.hunt import hunt
    from emu.target import sources

    count, start, used = 0, time.perf_counter(), _processor_time()
    for stub, system in STUBS:
        found = hunt(catalogue.find(stub, system), sources(stub, system), 10_000, 1, jobs=PROCESSES)
        assert not found.survivors
        count += len(found.judged)
    passed, used = time.perf_counter() - start, _processor_time() - used
    return [
        Figure("mutants judged, by the clock", 60 * count / passed, "/min"),
        Figure("mutants judged, on two cores", 60 * count / (used / PROCESSES), "/min", 2000),
    ]


def _processor_time() -> float:
    """Seconds of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
