"""Every rule's program, on the host and in the emulator: equal after every instruction, and at the end.

`programs/*.s` say the rules. What still differs is in DIFFERENT, with the rule that is broken: such a test
must fail, and says so when it no longer does.
"""

from __future__ import annotations

import pytest

from tests.oracle.signals.conftest import Bench, Report
from tests.oracle.signals.sources import Source, sources

BUDGET = 1_000_000

DIFFERENT: dict[str, str] = {}


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


@pytest.mark.parametrize("source", parameters())
def test_the_same_on_the_host(source: Source, bench: Bench, report: Report) -> None:
    verdict = bench.compare(source)
    report.note(source.name, verdict)
    assert not verdict.differences, "\n".join([source.rule, *map(str, verdict.differences)])


STEPPED = [source for source in sources() if source.name not in DIFFERENT and "continue" not in source.options]


@pytest.mark.parametrize("source", STEPPED, ids=lambda source: source.name)
def test_the_same_at_full_speed(source: Source, bench: Bench) -> None:
    """Stepped and not stepped, a run ends in the same state."""
    stepped, run = bench.emulated(source), bench.emulated(source)
    while stepped.next_state() is not None:
        pass
    run.run_on(BUDGET)
    assert (run.ending, run.output) == (stepped.ending, stepped.output)
    assert run.machine.position == stepped.machine.position
    assert run.state() == stepped.state()


def test_names_are_unique() -> None:
    names = [source.name for source in sources()]
    assert len(set(names)) == len(names)
    assert set(DIFFERENT) <= set(names)
