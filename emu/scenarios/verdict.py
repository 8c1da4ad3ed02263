"""What came of a case, as plain data that goes from process to process: failures with lines, and a trace excerpt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from emu.scenarios.read import Case, ScenarioError

if TYPE_CHECKING:
    from emu.scenarios.failure import Failure
    from emu.scenarios.run import Outcome

AROUND = 6  # steps shown on each side of a difference
PASSED, FAILED, ERROR = "passed", "failed", "error"


class Finding(NamedTuple):
    """One unmet expectation: its line in the file, what it says, further lines, and the position, if it has one."""

    line: int
    key: str
    message: str
    details: tuple[str, ...] = ()
    position: int | None = None


class Verdict(NamedTuple):
    """One case: PASSED, FAILED (an expectation isn't met) or ERROR (the file is wrong), `seconds` of this
    process's time. `excerpt` is the trace around the first difference; `written` a golden trace that was updated."""

    file: str
    case: str
    line: int
    status: str
    seconds: float
    findings: tuple[Finding, ...] = ()
    excerpt: tuple[str, ...] = ()
    error: str = ""
    written: str = ""

    @property
    def lines(self) -> Iterator[str]:
        """What a person reads about a case that didn't pass."""
        if self.status == ERROR:
            yield from self.error.splitlines()
            return
        for finding in self.findings:
            yield f"{self.file}:{finding.line}: {self.case}: {finding.message}"
            yield from (f"    {line}" for line in finding.details)
        yield from self.excerpt


def judge(case: Case, *, update: bool = False) -> Verdict:
    """Runs a case. With `update` its golden trace is written instead of compared."""
    from emu.scenarios.expectations import failures
    from emu.scenarios.golden import update as write
    from emu.scenarios.run import run

    start = time.perf_counter()
    about = (str(case.file), case.name, case.line())
    try:
        outcome = run(case)
    except ScenarioError as error:
        return Verdict(*about, ERROR, time.perf_counter() - start, error=str(error))
    written = ""
    if update:
        try:
            written = str(write(outcome) or "")
        except OSError as error:
            wrong = case.error(f"can't be written: {error.strerror or error}", "expect", "trace")
            return Verdict(*about, ERROR, time.perf_counter() - start, error=str(wrong))
    found = failures(outcome)
    findings = tuple(_finding(case, outcome, failure) for failure in found)
    excerpt = tuple(_excerpt(outcome, found)) if found else ()
    status = FAILED if found else PASSED
    return Verdict(*about, status, time.perf_counter() - start, findings, excerpt, written=written)


def wrong_file(file: Path, error: ScenarioError) -> Verdict:
    """For a file that has no cases to run."""
    return Verdict(str(file), "", 1, ERROR, 0.0, error=str(error))


def _finding(case: Case, outcome: Outcome, failure: Failure) -> Finding:
    position = None if failure.step is None else outcome.steps[failure.step].position
    key = ".".join(str(part) for part in failure.path)
    return Finding(case.line(*failure.path), key, failure.message, failure.details, position)


def _excerpt(outcome: Outcome, found: list[Failure]) -> Iterator[str]:
    """The trace around the first difference, and how the run ended."""
    import click

    from emu.frontends.text import TextTrace

    steps = outcome.steps
    if not steps:
        return
    at = min((failure.step for failure in found if failure.step is not None), default=len(steps) - 1)
    first, end = max(at - AROUND, 0), min(at + AROUND + 1, len(steps))
    labels = outcome.subject.labels
    labels.frames.clear()
    for step in steps[:first]:
        for event in step.events:
            labels.saw(event)
    trace = TextTrace(outcome.subject, outcome.stepper, outcome.machine.kernel.personality)
    yield f"  the trace around position {steps[at].position}:"
    if first:
        yield "    ..."
    for line in trace.lines(iter(steps[first:end])):
        yield f"    {click.unstyle(line)}".rstrip()
