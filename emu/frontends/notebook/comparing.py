"""compare: one target on two systems, row by row, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from emu import comparison
from emu.events import Step
from emu.frontends import compare_text
from emu.frontends.compare_cells import source, told
from emu.frontends.notebook.code import user_errors
from emu.frontends.notebook.plan import Argument, Target, plan
from emu.frontends.notebook.rich import Block, Column, Prose, Rich, Row, Table, elided
from emu.frontends.notebook.session import Session
from emu.frontends.notebook.trace import Trace
from emu.target import SYSTEMS, SourceOptions, personality

SHOWN = 60  # rows of a table
LIMIT = 20_000  # instructions of each run
_TERMINAL = 160  # columns of the text
_WIDE = 1 << 20  # columns: nothing is wrapped here


class ComparisonResult(Rich):
    """One target's runs on both systems: `linux` and `darwin` are Traces, `differences` names what differs (each has
    `name`, `text`, and the positions `left` and `right` that show it)."""

    def __init__(self, found: comparison.Comparison, traces: Sequence[Trace]) -> None:
        self.comparison = found
        self.linux, self.darwin = traces
        self.differences = found.differences

    def blocks(self) -> Iterator[Block]:
        columns = [Column("routine", prose=True)]
        for side in SYSTEMS:
            columns += [Column(side), Column("what it did", long=True)]
        table = Table("", [*columns, Column("what differs", prose=True)])
        rows = [self._row(row, notes) for row, notes in zip(self.comparison.rows, self.comparison.notes, strict=True)]
        table.rows = elided(rows, SHOWN)
        yield table
        yield from (Prose(f"{system}: {_end(trace)}") for system, trace in zip(SYSTEMS, self._traces, strict=True))
        listed = Table("what differs", [Column("difference", prose=True), Column("in words", prose=True)])
        for difference in self.differences:
            listed.add(difference.name, difference.text)
        yield listed

    def __repr__(self) -> str:
        """As `ringside compare` writes it."""
        return click.unstyle("\n".join(compare_text.lines(self.comparison, _TERMINAL)))

    @property
    def _traces(self) -> tuple[Trace, Trace]:
        return self.linux, self.darwin

    def _row(self, row: comparison.Row, notes: tuple[str, ...]) -> Row:
        cells = [row.routine]
        for side, moment in ((self.comparison.left, row.left), (self.comparison.right, row.right)):
            if moment is None:
                cells += ["", ""]
                continue
            done = told(side, moment, _WIDE, _WIDE)
            parts = [done.beside, *("".join(text for text, _ in line.pieces).strip() for line in done.below)]
            instruction = " ".join(source(moment).split()) if isinstance(moment, Step) else ""
            cells += [instruction, "\n".join(part for part in parts if part)]
        return Row((*cells, ", ".join(notes)), marked=bool(notes))


def _end(trace: Trace) -> str:
    return "; ".join(part for part in (repr(trace.result) if len(trace.result) else "", trace.ending) if part)


def compare(
    target: Target,
    *arguments: Argument,
    returns: int | str | None = None,
    stdin: str | bytes = b"",
    limit: int = LIMIT,
) -> ComparisonResult:
    """Runs a target on Linux and on Darwin, and names what differs. The arguments are those of `trace`; names stand
    for each system's own numbers. Raises UserError, also for a target that only one system has.

    >>> from emu import compare
    >>> found = compare("rawsyscall", "close", 99)
    >>> found.linux.errno, found.darwin.errno
    ('EBADF', 'EBADF')
    >>> [difference.name for difference in found.differences]
    ['prefix', 'number', 'carry flag', 'error test', 'negation']
    """
    plans = [plan(target, arguments, system, returns, stdin, ()) for system in SYSTEMS]
    if isinstance(target, str):
        with user_errors():  # for the message about a target of one system
            comparison.set_up(target, plans[0].arguments, SourceOptions())
    left, right = (
        comparison.run(each.start(), personality(system), limit) for each, system in zip(plans, SYSTEMS, strict=True)
    )
    traces = [Session.of(each).run(limit=limit) for each in plans]
    return ComparisonResult(comparison.Comparison(left, right, plans[0].arguments), traces)
