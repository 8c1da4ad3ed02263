"""What differs between two systems' runs of one target, named from what the two traces show.

A rule is a function of the comparison: it yields what it finds. Sentences are for somebody who sees both
kernels for the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emu.comparison import Comparison, Difference
from emu.differences import answers, calls, runs, signals

RULES: tuple[Callable[[Comparison], Iterator[Difference]], ...] = (
    calls.unsimulated,
    calls.prefix,
    calls.numbers,
    calls.names,
    answers.carry,
    answers.tests,
    answers.negation,
    answers.second_result,
    answers.children,
    calls.errnos,
    calls.outcomes,
    runs.posted,
    signals.numbers,
    signals.entries,
    signals.ways_back,
    signals.frames,
    runs.results,
    runs.endings,
)


def differences(comparison: Comparison) -> tuple[Difference, ...]:
    """What every rule finds, and the instructions that none of it is about."""
    found = [difference for rule in RULES for difference in rule(comparison)]
    return (*found, *runs.instructions(comparison, found))
