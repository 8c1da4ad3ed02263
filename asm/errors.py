"""What is wrong with a source file, and exactly where.

Every front end collects what it finds in one file and raises it in one go, so that a reader can
mend a file without running the assembler once per mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

SHOWN = 10  # more errors than this are counted, not printed


class AssemblyError(NamedTuple):
    """One mistake: the file's path as given, line and column from 1, the message, the source line.

    `column` counts characters of `text`, which is the line as it stands in the file, without newline.
    """

    file: str
    line: int
    column: int
    message: str
    text: str

    def render(self) -> str:
        """`file:line:column: message`, the source line, and a caret under the column."""
        head = f"{self.file}:{self.line}:{self.column}: {self.message}"
        if not self.text.strip():
            return head
        # A tab stays a tab, so that the caret stands right however wide the terminal makes it.
        indent = "".join("\t" if char == "\t" else " " for char in self.text[: self.column - 1])
        return f"{head}\n{self.text.rstrip()}\n{indent.ljust(self.column - 1)}^"


class AssemblyErrors(Exception):
    """All that is wrong with a source: at least one AssemblyError, ordered as they were found."""

    def __init__(self, errors: Iterable[AssemblyError]) -> None:
        self.errors: tuple[AssemblyError, ...] = tuple(errors)
        super().__init__(self.errors)

    def __str__(self) -> str:
        """The errors as a user reads them: the first ten, then how many more there are."""
        shown = [error.render() for error in self.errors[:SHOWN]]
        if len(self.errors) > SHOWN:
            shown.append(f"{len(self.errors) - SHOWN} more")
        return "\n".join(shown)
