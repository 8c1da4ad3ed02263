"""Two runs side by side, for wide terminals: what answers to each other stands on one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from emu.alignment import Moment
from emu.comparison import Comparison, Row, Side
from emu.events import Step
from emu.frontends.compare_cells import INDENT, Line, note, piece, source, source_width, told

_GAP = 3  # columns between the two runs: a mark and two spaces
_ROOM = 28  # columns that what an instruction did should have beside it


def lines(comparison: Comparison, columns: int) -> Iterator[str]:
    """All rows. Between the runs stands a mark, as sdiff sets it: `|` different, `<` and `>` on one side only."""
    width = (columns - _GAP) // 2
    names = min(source_width(comparison), width - INDENT - _ROOM)
    sides = (comparison.left, comparison.right)
    headings = ["", ""]
    yield from _beside([[piece(side.name, bold=True)] for side in sides], width, " ")
    for row, text in zip(comparison.rows, comparison.notes, strict=True):
        moments = (row.left, row.right)
        heads = [_heading(*pair) for pair in zip(sides, moments, strict=True)]
        fresh = [head if head != old else "" for head, old in zip(heads, headings, strict=True)]
        headings = [head or old for head, old in zip(heads, headings, strict=True)]
        if any(fresh):
            yield from _beside([[piece(head, bold=True)] if head else [] for head in fresh], width, " ")
        cells = [_cell(side, moment, width, names) for side, moment in zip(sides, moments, strict=True)]
        yield from _beside(cells, width, _mark(row))
        yield from (line.render() for line in note(text, columns))


def _heading(side: Side, moment: Moment | None) -> str:
    return f"{side.routine(moment).lstrip('.')}:" if isinstance(moment, Step) else ""


def _mark(row: Row) -> str:
    if row.left is None:
        return ">"
    return "<" if row.right is None else " " if row.same else "|"


def _cell(side: Side, moment: Moment | None, width: int, names: int) -> list[Line]:
    if moment is None:
        return []
    if not isinstance(moment, Step):
        return list(told(side, moment, 0, width).below)
    text = source(moment).ljust(names)
    found = told(side, moment, width - INDENT - len(text) - 2, width)
    position = (f"{moment.position:4}  ", {"dim": True})
    if not found.beside:
        return [Line((position, (text.rstrip(), {}))), *found.below]
    return [Line((position, (f"{text}  ", {}), (found.beside, {"fg": "green"}))), *found.below]


def _beside(cells: Sequence[Sequence[Line]], width: int, mark: str) -> Iterator[str]:
    for left, right in zip_longest(*cells, fillvalue=Line()):
        yield f"{left.render(width)} {mark} {right.render()}".rstrip()
        mark = " "
