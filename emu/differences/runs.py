"""What differs in the runs as a whole: signals, results, how they end, and the instructions themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emu.comparison import Comparison, Difference, Row, Side, wording
from emu.differences.crossings import listed
from emu.events import Ended, Ending, Step
from emu.loaders.call import Result
from kernel_stub.events import SignalPosted

_ENDINGS = {
    Ending.RETURNED: "returns",
    Ending.WAITING: "waits for ever",
    Ending.FAULTING: "faults for ever",
    Ending.STOPPED: "is stopped",
    Ending.BUDGET: "spends its budget",
}


def posted(comparison: Comparison) -> Iterator[Difference]:
    """Signals that the kernel posts on one side only."""
    left, right = (list(_signals(side)) for side in (comparison.left, comparison.right))
    if [event for _, event in left] == [event for _, event in right]:
        return
    yield Difference(
        "signal",
        f"{comparison.left.name}'s kernel posts {_told(left)}, {comparison.right.name}'s {_told(right)}.",
        tuple(position for position, _ in left),
        tuple(position for position, _ in right),
    )


def _signals(side: Side) -> Iterator[tuple[int, tuple[str, str]]]:
    for position, event in side.events:
        if isinstance(event, SignalPosted):
            yield position, (event.name, event.reason)


def _told(signals: Sequence[tuple[int, tuple[str, str]]]) -> str:
    texts = dict.fromkeys(f"{name} ({reason})" for _, (name, reason) in signals)
    return listed(list(texts)) or "no signal"


def results(comparison: Comparison) -> Iterator[Difference]:
    """Result slots that hold something else."""
    texts = [
        f"{mine.name} is {_value(mine)} on {comparison.left.name} and {_value(theirs)} on {comparison.right.name}"
        for mine, theirs in zip(comparison.left.results, comparison.right.results, strict=False)
        if mine.name == theirs.name and mine.value != theirs.value
    ]
    if texts:
        yield Difference("results", f"{listed(texts)}.")


def _value(result: Result) -> str:
    if result.signed is None:
        return "not written"
    return str(result.signed) if abs(result.signed) < 1 << 32 else f"{result.value:#x}"


def endings(comparison: Comparison) -> Iterator[Difference]:
    """Runs that end in different ways."""
    mine, theirs = _ending(comparison.left.ended), _ending(comparison.right.ended)
    if mine != theirs:
        yield Difference("end", f"{comparison.left.name}'s run {mine}, {comparison.right.name}'s {theirs}.")


def _ending(ended: Ended) -> str:
    status = ended.status
    if status is not None:
        return f"is killed by {status.signal}" if status.signal else f"exits with status {status.code}"
    return _ENDINGS.get(ended.ending, ended.ending.value)


def instructions(comparison: Comparison, found: Sequence[Difference]) -> Iterator[Difference]:
    """Instructions of one side only, and different ones in the same place, that no difference in `found` is about."""
    cited = (
        {position for difference in found for position in difference.left},
        {position for difference in found for position in difference.right},
    )
    rows = [row for row in comparison.rows if not row.same and row.routine and not _cited(row, cited)]
    yield from _changed(comparison, [row for row in rows if row.left and row.right])
    left, right = [row for row in rows if not row.right], [row for row in rows if not row.left]
    texts = [
        f"only {side.name} runs {listed(list(_wordings(only)))}"
        for side, only in ((comparison.left, left), (comparison.right, right))
        if only
    ]
    if texts:
        sentence = "; ".join(texts)
        yield Difference(
            "instructions",
            f"{sentence[0].upper()}{sentence[1:]}.",
            tuple(row.left.position for row in left if row.left),
            tuple(row.right.position for row in right if row.right),
        )


def _cited(row: Row, cited: tuple[set[int], set[int]]) -> bool:
    steps = ((row.left, cited[0]), (row.right, cited[1]))
    return any(step is not None and step.position in positions for step, positions in steps)


def _changed(comparison: Comparison, rows: Sequence[Row]) -> Iterator[Difference]:
    both = [(row.left, row.right) for row in rows if row.left and row.right]
    texts = dict.fromkeys(f"{wording(left)} and {wording(right)}" for left, right in both)
    if texts:
        yield Difference(
            "operands",
            f"In the same place stand {comparison.left.name}'s and {comparison.right.name}'s {listed(list(texts))}.",
            tuple(left.position for left, _ in both),
            tuple(right.position for _, right in both),
        )


def _wordings(rows: Sequence[Row]) -> Iterator[str]:
    yield from dict.fromkeys(wording(step) for row in rows for step in (row.left, row.right) if isinstance(step, Step))
