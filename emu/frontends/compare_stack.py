"""Two runs in one column, for narrow terminals: what both do stands once, what one does in a block of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import click

from emu.alignment import Moment
from emu.comparison import Comparison, Row, Side
from emu.events import Step
from emu.frontends.compare_cells import LEAST, Line, Told, note, source, source_width, told

_POSITIONS = 14  # columns of the two positions and the gap behind them
_LABEL = 8  # columns of a system's name
_DIM = {"dim": True}
_Noted = tuple[Row, Sequence[str]]


class Stack:
    """Renders the rows of a comparison for a terminal of `columns` columns."""

    def __init__(self, comparison: Comparison, columns: int) -> None:
        self._comparison, self._columns = comparison, columns
        self._sides = (comparison.left, comparison.right)
        self._names = min(source_width(comparison), max(columns - _POSITIONS - LEAST, LEAST))

    def lines(self) -> Iterator[str]:
        """All rows; the first two columns are the positions in either run."""
        yield click.style(_positions(*(side.system for side in self._sides)).rstrip(), dim=True)
        heading = ""
        rows = zip(self._comparison.rows, self._comparison.notes, strict=True)
        for (routine, same), group in groupby(rows, key=lambda noted: (noted[0].routine, noted[0].same)):
            if routine not in (heading, ""):
                heading = routine
                yield click.style(f"{' / '.join(name.lstrip('.') for name in routine.split(' / '))}:", bold=True)
            if same:
                for row, names in group:
                    yield from self._both(row)
                    yield from self._noted([names])
            else:
                yield from self._block(list(group))

    def _both(self, row: Row) -> Iterator[str]:
        """What both run: what it did stands once where it is equal, else for each system."""
        assert row.left is not None and row.right is not None
        both = tuple(zip(self._sides, (row.left, row.right), strict=True))
        positions = _positions(row.left.position, row.right.position)
        left, right = (self._told(side, moment) for side, moment in both)
        if left == right:
            yield from self._instruction(positions, row.left, left)
            return
        yield from self._instruction(positions, row.left, Told(""))
        for side, moment in both:
            room = self._columns - _POSITIONS - _LABEL
            label = side.system
            for line in told(side, moment, room, room, 0).all:
                prefix = f"{' ' * _POSITIONS}{label:<{_LABEL}}"
                yield click.style(prefix, dim=True) + line.render()
                label = ""

    def _block(self, group: Sequence[_Noted]) -> Iterator[str]:
        """Rows in which the runs are not alike: first what the left one does, then the right one."""
        for side in self._sides:
            for row, _ in group:
                moment = row.left if side is self._sides[0] else row.right
                if moment is not None:
                    yield from self._alone(side, moment)
        yield from self._noted(names for _, names in group)

    def _alone(self, side: Side, moment: Moment) -> Iterator[str]:
        positions = _positions(*(moment.position if side is one else "" for one in self._sides))
        yield from self._instruction(positions, moment, self._told(side, moment))

    def _told(self, side: Side, moment: Moment) -> Told:
        width = max(self._names, len(source(moment))) if isinstance(moment, Step) else 0
        return told(side, moment, self._columns - _POSITIONS - width - 2, self._columns, _POSITIONS)

    def _instruction(self, positions: str, moment: Moment, found: Told) -> Iterator[str]:
        text = source(moment) if isinstance(moment, Step) else ""
        pieces = [(positions, _DIM), (f"{text:<{self._names}}  " if found.beside else text, {})]
        first = Line((*pieces, *([(found.beside, {"fg": "green"})] if found.beside else [])))
        yield from (line.render() for line in (first, *found.below))

    def _noted(self, notes: Iterable[Sequence[str]]) -> Iterator[str]:
        names = [name for note_names in notes for name in note_names]
        yield from (line.render() for line in note(names, self._columns, _POSITIONS))


def _positions(left: int | str, right: int | str) -> str:
    return f"{left:>5} {right:>6}  "
