"""What reprs are made of: tables and paragraphs that can be written as text and as html.

The html inherits font and colours, so it reads on light and on dark; what a mark says stands there in words, too.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Protocol

from emu.errors import UserError

_RULES = """
@ {font-size: 13px}
@ table {border-collapse: collapse; border: none; margin: .3em 0 .8em; font-size: 12px; color: inherit}
@ table caption {caption-side: top; text-align: left; font-weight: bold; color: inherit; padding: .2em .4em}
@ table tbody tr:nth-child(odd), @ table tbody tr:nth-child(even),
@ table tbody tr:hover {background: none}
@ table th, @ table td {text-align: left; vertical-align: top; padding: .1em .7em .1em .4em;
  border: none; border-bottom: 1px solid rgba(127, 127, 127, .25); color: inherit; max-width: 54em;
  white-space: pre-wrap; line-height: 1.35}
@ table thead th {border-bottom: 1px solid currentColor; white-space: nowrap; vertical-align: bottom}
@ table th[scope=row] {font-weight: normal}
@ table .code {font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace}
@ table .number {text-align: right}
@ table .long {overflow-wrap: anywhere; min-width: 16em}
@ table td.told {padding-left: 2.5em}
@ table tbody tr.kernel > td, @ table tbody tr.marked > * {background: rgba(127, 127, 127, .16)}
@ table tbody tr.kernel > td, @ table tbody tr.marked > th {font-weight: bold}
@ table tbody tr.heading > th {font-weight: bold; padding-top: .5em}
@ table tbody tr.elided > td {text-align: center; font-style: italic}
@ summary {cursor: pointer; padding: .2em .4em}
@ p, @ pre {margin: .3em .4em; color: inherit; background: none}
@ img {max-width: 100%; height: auto}
"""
CLASS = "ringside-repr"
_AROUND = f"div.{CLASS}.{CLASS}"  # twice: JupyterLab's own rules for tables are of two classes
STYLE = f"<style>{_RULES.replace('@', _AROUND)}</style>"
_GAP = "  "


class UnknownName(UserError, KeyError, AttributeError):
    """A name that is not there; the message says what comes close. `in`, `get` and getattr take it as they should."""

    __str__ = Exception.__str__  # a KeyError would put quotes around


class Block(Protocol):
    """A piece of a repr."""

    def text(self) -> str:
        """For a terminal: lines without trailing blanks."""
        ...

    def html(self) -> str:
        """For a notebook."""
        ...


class Rich:
    """Something with a repr of blocks. Subclasses say `blocks()`."""

    def blocks(self) -> Iterator[Block]:
        """The pieces of the repr, from top to bottom."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return "\n\n".join(text for block in self.blocks() if (text := block.text()))

    def _repr_html_(self) -> str:
        return f'{STYLE}<div class="{CLASS}">{"".join(block.html() for block in self.blocks())}</div>'


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; `number` stands right, `prose` is not in a fixed-width font, `long` may be broken anywhere."""

    head: str
    number: bool = False
    prose: bool = False
    long: bool = False

    @property
    def classes(self) -> str:
        """Its cells' classes."""
        chosen = (("number", self.number), ("code", not self.prose), ("long", self.long))
        return " ".join(name for name, wanted in chosen if wanted)


@dataclass(frozen=True, slots=True)
class Row:
    """A row. `marked` is set off in html; what the mark means has to stand in a cell as well."""

    cells: tuple[str, ...]
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A line over all columns: `kind` is "kernel", "why", "heading" or "elided"."""

    words: str
    kind: str = "why"


_LEADS = {"kernel": "    > ", "why": "    | ", "heading": "", "elided": "    ... "}


@dataclass(slots=True)
class Table:
    """A table with a caption. The first column heads its rows."""

    caption: str
    columns: Sequence[Column]
    rows: list[Row | Span] = field(default_factory=list)

    def add(self, *cells: object, marked: bool = False) -> None:
        """One more row."""
        self.rows.append(Row(tuple(map(str, cells)), marked))

    def text(self) -> str:
        widths = [len(column.head) for column in self.columns]
        for row in self.rows:
            if isinstance(row, Row):
                widths = [max(width, len(cell)) for width, cell in zip(widths, row.cells, strict=True)]
        lines = [self.caption] if self.caption else []
        lines.append(self._line([column.head for column in self.columns], widths))
        for row in self.rows:
            if isinstance(row, Row):
                lines.append(self._line(row.cells, widths))
            else:
                lines.append(_LEADS[row.kind] + row.words)
        return "\n".join(line.rstrip() for line in lines)

    def _line(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        shown = (
            cell.rjust(width) if column.number else cell.ljust(width)
            for cell, width, column in zip(cells, widths, self.columns, strict=True)
        )
        return _GAP.join(shown)

    def html(self) -> str:
        heads = "".join(f'<th scope="col" class="{c.classes}">{escape(c.head)}</th>' for c in self.columns)
        rows = "".join(self._html_row(row) for row in self.rows)
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"

    def _html_row(self, row: Row | Span) -> str:
        if isinstance(row, Span):
            cell, scope = ("th", ' scope="rowgroup"') if row.kind == "heading" else ("td", "")
            wide = f'<{cell}{scope} class="code told" colspan="{len(self.columns)}">'
            return f'<tr class="{row.kind}">{wide}{escape(row.words)}</{cell}></tr>'
        first, *rest = zip(row.cells, self.columns, strict=True)
        parts = [f'<th scope="row" class="{first[1].classes}">{escape(first[0])}</th>']
        parts += [f'<td class="{column.classes}">{escape(cell)}</td>' for cell, column in rest]
        return f'<tr class="marked">{"".join(parts)}</tr>' if row.marked else f"<tr>{''.join(parts)}</tr>"


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; `fixed` for what keeps its line breaks and stands in a fixed-width font."""

    words: str
    fixed: bool = False

    def text(self) -> str:
        return self.words

    def html(self) -> str:
        tag = "pre" if self.fixed else "p"
        return f"<{tag}>{escape(self.words)}</{tag}>" if self.words else ""


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG for html, and lines of text that say the same."""

    svg: str
    lines: str

    def text(self) -> str:
        return self.lines

    def html(self) -> str:
        return self.svg


@dataclass(frozen=True, slots=True)
class Image:
    """A PNG, `width` pixels wide on the screen, and the lines of text that say what is to be seen."""

    data: bytes
    width: int
    lines: str

    def text(self) -> str:
        return self.lines

    def html(self) -> str:
        data = base64.b64encode(self.data).decode("ascii")
        return f'<img src="data:image/png;base64,{data}" width="{self.width}" alt="{escape(self.lines)}"/>'


@dataclass(frozen=True, slots=True)
class Folded:
    """A block that html shows when its summary is clicked; `brief` is what text shows instead, where it is long."""

    summary: str
    block: Block
    brief: Block | None = None

    def text(self) -> str:
        return (self.brief or self.block).text()

    def html(self) -> str:
        return f"<details><summary>{escape(self.summary)}</summary>{self.block.html()}</details>"


def elided(rows: Sequence[Row | Span], most: int, what: str = "lines") -> list[Row | Span]:
    """The rows, or where there are more than `most` the first and the last with a line in between."""
    if len(rows) <= most:
        return list(rows)
    head, tail = most * 2 // 3, most - most * 2 // 3
    return [*rows[:head], Span(f"{len(rows) - head - tail:,} {what} left out ...", "elided"), *rows[-tail:]]


def close_to(name: str, known: Iterable[str]) -> str:
    """`did you mean rip or rsp?`, or the known names where none is close."""
    from difflib import get_close_matches

    names = list(dict.fromkeys(known))
    folded = {each.lower(): each for each in names}
    close = [folded[found] for found in get_close_matches(name.lower(), folded, n=3)]
    if not close:
        last = {each.rpartition(".")[2].lower(): each for each in reversed(names)}
        close = [last[found] for found in get_close_matches(name.lower(), last, n=3)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"there are {listed}" if listed else "there are none"
