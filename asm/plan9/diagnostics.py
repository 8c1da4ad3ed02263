"""Where something stands in a source, and the mistakes found there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from asm.errors import AssemblyError
from asm.program import SourceLine


class SourceFile:
    """A file as it was read: its path as given (or as found, for an include) and its lines."""

    __slots__ = ("lines", "path")

    def __init__(self, path: str, lines: list[str]) -> None:
        self.path = path
        self.lines = lines

    @classmethod
    def from_text(cls, path: str, text: str) -> SourceFile:
        """Splits at newlines only, so that line numbers agree with every editor."""
        return cls(path, text.split("\n"))


class Place(NamedTuple):
    """A character of a source: line and column count from 1."""

    source: SourceFile
    line: int
    column: int

    @property
    def text(self) -> str:
        """The whole line as it stands in the file, without white space at its end."""
        lines = self.source.lines
        return lines[self.line - 1].rstrip() if self.line <= len(lines) else ""

    def source_line(self) -> SourceLine:
        """The line as the listing and the trace show it."""
        return SourceLine(self.source.path, self.line, self.text)


class Mistake(Exception):
    """What is wrong with the statement at hand: unwinds to the loop over statements, which records it."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


class Report:
    """The mistakes of a file or of one of its symbols, in the order found; one for each place and message."""

    def __init__(self, errors: Iterable[AssemblyError] = ()) -> None:
        self.errors = list(errors)

    def add(self, place: Place, message: str) -> None:
        """Record a mistake."""
        error = AssemblyError(place.source.path, place.line, place.column, message, place.text)
        if error not in self.errors:
            self.errors.append(error)

    def record(self, mistake: Mistake) -> None:
        """Record a mistake that unwound a statement."""
        self.add(mistake.place, mistake.message)
