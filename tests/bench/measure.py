"""Rates measured side by side: rounds in turn, so that whatever else the machine does hits all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

ROUNDS = 5
SECONDS = 0.3  # of one measurement

Work = Callable[[], int]  # does some work, and says how many units it was


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: `value` in `unit`, against `goal` (None: for information only).

    The goal is a lower bound, or with `at_most` an upper one.
    """

    what: str
    value: float
    unit: str
    goal: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal


def rate(work: Work) -> float:
    """Units a second of this process's own time, over at least SECONDS of it."""
    done, start = 0, time.process_time()
    while True:
        done += work()
        passed = time.process_time() - start
        if passed >= SECONDS:
            return done / passed


def rates(*works: Work) -> list[list[float]]:
    """For each work its rates in ROUNDS rounds, taken in turn; a first round warms up and is dropped."""
    for work in works:
        work()
    rounds = [[rate(work) for work in works] for _ in range(ROUNDS)]
    return [list(column) for column in zip(*rounds, strict=True)]


def ratio(a: Sequence[float], b: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return median(x / y for x, y in zip(a, b, strict=True))
