"""For pytest: `*.ringside.toml` files are tests, one a case; and fixtures for tests in Python.

    def test_close_of_a_bad_descriptor(ringside_call):
        done = ringside_call("rawsyscall", "close", 99)
        assert done.results == {"r1": -1, "r2": 0, "errno": 9}

Nothing of the emulator is imported before the first scenario or fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from emu.events import Ended, Interlude, Step
    from emu.machine import Machine
    from emu.scenarios.read import Case
    from kernel_stub.events import Event

SUFFIX = ".ringside.toml"  # as in emu.scenarios.read, which is not imported for every file that pytest sees
LIMIT = 100_000


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Takes the files that are scenarios."""
    if file_path.name.endswith(SUFFIX):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """A file: its cases are the tests."""

    def collect(self) -> Iterable[pytest.Item]:
        """One item a case. What is wrong with the file is an error of the collection, with its line."""
        from emu.scenarios.read import ScenarioError, read

        try:
            cases = read(self.path)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None
        for case in cases:
            yield ScenarioItem.from_parent(self, name=case.name, case=case)


class CaseFailed(Exception):
    """A case that did not pass; the message is all there is to say."""


class ScenarioItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, **options: Any) -> None:
        super().__init__(**options)
        self.case = case

    def runtest(self) -> None:
        """Runs it. Raises CaseFailed."""
        from emu.scenarios.verdict import PASSED, judge

        verdict = judge(self.case)
        if verdict.status != PASSED:
            raise CaseFailed("\n".join(verdict.lines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What isn't so, with the trace; no Python."""
        if isinstance(excinfo.value, CaseFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case stands."""
        return self.path, self.case.line() - 1, self.name


class Called(NamedTuple):
    """A routine that was called: `results` by name (signed; None where nothing was written), the steps, what the
    kernel did, how it ended, and the machine as the run left it."""

    results: Mapping[str, int | None]
    steps: tuple[Step | Interlude, ...]
    events: tuple[Event, ...]
    ended: Ended
    machine: Machine


@pytest.fixture
def ringside_machine() -> Callable[..., Machine]:
    """`ringside_machine("darwin", stdin=b"hello")` is a fresh computer with that system, Linux without a name."""

    def make(system: str = "linux", **options: Any) -> Machine:
        from emu.machine import Machine
        from emu.target import personality

        return Machine(personality(system), **options)

    return make


@pytest.fixture
def ringside_call(ringside_machine: Callable[..., Machine]) -> Callable[..., Called]:
    """`ringside_call("rawsyscall", "close", 99)` calls a stub, or `FILE.s:SYMBOL`, and returns a Called.

    Arguments are as on the command line, integers too. `system` names the system, `returns` replaces the
    kernel's answer to the first call, `stdin` is what descriptor 0 reads, `limit` bounds the instructions.
    """

    def call(
        target: str,
        *arguments: int | str,
        system: str = "linux",
        returns: int | str | None = None,
        stdin: bytes = b"",
        limit: int = LIMIT,
    ) -> Called:
        from emu import arguments as typed
        from emu.events import Step
        from emu.stepper import Stepper
        from emu.target import resolve

        machine = ringside_machine(system, stdin=stdin)
        entered = resolve(target, system).prepare(machine)
        texts = [str(argument) for argument in arguments]
        entered.enter(typed.parse_all(texts, entered.arguments, machine.kernel.personality))
        if returns is not None:
            typed.inject(machine.kernel, str(returns))
        stepper = Stepper(machine, entered.program)
        steps = []
        for step in stepper.steps(limit):
            steps.append(step)
            for access in step.writes if isinstance(step, Step) else ():
                entered.saw_write(access.address)
        assert stepper.ended is not None
        results = {result.name: result.signed for result in entered.result_values()}
        events = tuple(event for step in steps for event in step.events)
        return Called(results, tuple(steps), events, stepper.ended, machine)

    return call
