"""A comparison as text: what was called, the two runs, how they ended, and what differs in words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

import click

from emu.comparison import Comparison, Difference, Side
from emu.events import Ending
from emu.frontends import compare_columns
from emu.frontends.compare_cells import wrapped
from emu.frontends.compare_stack import Stack
from emu.frontends.wording import argument_text, ending_text, quoted, result_text, symbol_text

WIDE = 120  # columns from which on the two runs stand side by side
PROSE = 100  # columns of a sentence at most
SHOWN = 8  # positions of each run that a difference names
ALIKE = "The two runs are the same but for the addresses of their code."
ALIKE_SO_FAR = "As far as they went the two runs are the same; --limit cut them off, so nothing is known of the rest."
_LABEL = 8  # columns of a system's name


def lines(comparison: Comparison, columns: int, returns: str | None = None) -> Iterator[str]:
    """All lines, with ANSI colours, for a terminal of `columns` columns."""
    sides = (comparison.left, comparison.right)
    for side in sides:
        arguments = (argument_text(*pair) for pair in zip_longest(side.passed, comparison.typed))
        called = f"{side.system:<{_LABEL}}{side.called}({', '.join(arguments)})"
        yield from (line.render() for line in wrapped(called, columns, 0, _LABEL, bold=True))
    if returns is not None:
        yield f"The first system call of each run is not run: its answer is {returns}."
    yield ""
    yield from compare_columns.lines(comparison, columns) if columns >= WIDE else Stack(comparison, columns).lines()
    yield ""
    for side in sides:
        for text in _ending(side):
            yield from (line.render() for line in wrapped(f"{side.system:<{_LABEL}}{text}", columns, 0, _LABEL))
    yield ""
    yield from _differences(comparison, min(columns, PROSE))


def _ending(side: Side) -> Iterator[str]:
    for fd, data in side.subject.machine.kernel.terminal.output:
        yield f"output on {fd}: {quoted(data)}"
    if side.ended.ending == Ending.RETURNED and side.results:
        yield "  ".join(f"{result.name} = {result_text(result, side.personality)}" for result in side.results)
    behind = side.subject.program.symbol_at(side.ended.address - 1)
    yield ending_text(side.ended, symbol_text(behind.symbol) if behind else None)


def _differences(comparison: Comparison, width: int) -> Iterator[str]:
    if not comparison.differences:
        budget = any(s.ended.ending == Ending.BUDGET for s in (comparison.left, comparison.right))
        yield from (line.render() for line in wrapped(ALIKE_SO_FAR if budget else ALIKE, width, 0, 0))
        return
    yield click.style("What differs:", bold=True)
    for difference in comparison.differences:
        head = click.style(difference.name, fg="yellow")
        yield f"  {head}{click.style(_places(comparison, difference), dim=True)}"
        yield from (line.render() for line in wrapped(difference.text, width, 4, 0))


def _places(comparison: Comparison, difference: Difference) -> str:
    """` (linux 4 and 9, darwin 5)`, the positions that show it."""
    both = ((comparison.left, difference.left), (comparison.right, difference.right))
    shown = [f"{side.system} {_listed(positions)}" for side, positions in both if positions]
    return f" ({', '.join(shown)})" if shown else ""


def _listed(positions: tuple[int, ...]) -> str:
    more = f" and {len(positions) - SHOWN} more" if len(positions) > SHOWN else ""
    return " ".join(map(str, positions[:SHOWN])) + more
