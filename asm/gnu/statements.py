"""Source text to statements: comments gone, labels, mnemonic and operands apart, columns kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from asm.errors import AssemblyError
from asm.program import SourceLine

_LABEL = re.compile(r"\s*(?P<name>[A-Za-z_.$][\w.$@]*|\d+)\s*:(?!:)")
_ASSIGNMENT = re.compile(r"\s*(?P<name>[A-Za-z_.$][\w.$@]*)\s*=(?!=)\s*")
_WORD = re.compile(r"\s*(?P<word>\S+)")
_OPENING, _CLOSING = "([{", ")]}"


class SyntaxMistake(Exception):
    """Something wrong in a statement; `column` counts from 1 in the source line."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column, self.message = column, message


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a source line and the column of its first character."""

    text: str
    column: int


@dataclass(slots=True)
class Statement:
    """Labels, then a mnemonic or directive (or none) with its operands.

    `NAME = VALUE` comes as the directive `.set` with the two as operands.
    """

    source: SourceLine
    labels: list[Part] = field(default_factory=list)
    head: Part | None = None
    operands: list[Part] = field(default_factory=list)
    rest: Part | None = None  # all that follows the head, for directives with an odd grammar


@dataclass(frozen=True, slots=True)
class Comments:
    """How a dialect marks comments to the end of the line, and what separates statements on it."""

    line: tuple[str, ...]
    separator: str = ""


def split(name: str, text: str, comments: Comments, errors: list[AssemblyError]) -> Iterator[Statement]:
    """The statements of a source. Unterminated comments and strings go to `errors`."""
    lines = text.split("\n")
    sources = [SourceLine(name, number, line) for number, line in enumerate(lines, 1)]
    for row, column, piece in _pieces(lines, comments, sources, errors):
        statement = _statement(sources[row], Part(piece, column))
        if statement.labels or statement.head:
            yield statement


def _pieces(
    lines: list[str], comments: Comments, sources: list[SourceLine], errors: list[AssemblyError]
) -> Iterator[tuple[int, int, str]]:
    """Row, first column and text of each statement, with comments blanked so that columns hold."""
    block: tuple[int, int] | None = None  # where the open block comment starts
    for row, line in enumerate(lines):
        out: list[str] = []
        start = at = 0
        while at < len(line):
            if block is not None:
                end = line.find("*/", at)
                stop = len(line) if end < 0 else end + 2
                block = block if end < 0 else None
                out.append(" " * (stop - at))
            elif line.startswith("/*", at):
                block, stop = (row, at), at + 2
                out.append("  ")
            elif line.startswith(comments.line, at):
                break
            elif line[at] == comments.separator:
                yield row, start + 1, "".join(out)
                out, start, stop = [], at + 1, at + 1
            else:
                stop = _token_end(line, at)
                if stop < 0:
                    errors.append(_error(sources[row], at + 1, "this string has no end"))
                    out, stop = [], len(line)  # one mistake is enough for this statement
                else:
                    out.append(line[at:stop])
            at = stop
        yield row, start + 1, "".join(out)
    if block is not None:
        errors.append(_error(sources[block[0]], block[1] + 1, "this comment has no end"))


def _error(source: SourceLine, column: int, message: str) -> AssemblyError:
    return AssemblyError(source.file, source.line, column, message, source.text)


def _token_end(line: str, at: int) -> int:
    """Where the string, character constant or single character at `at` ends; -1 for an open string."""
    if line[at] == '"':
        end = at + 1
        while end < len(line) and line[end] != '"':
            end += 2 if line[end] == "\\" else 1
        return end + 1 if end < len(line) else -1
    if line[at] == "'" and at + 1 < len(line):
        end = at + (3 if line[at + 1] == "\\" else 2)
        return min(end + (line[end : end + 1] == "'"), len(line))
    return at + 1


def _statement(source: SourceLine, piece: Part) -> Statement:
    statement = Statement(source)
    text, at = piece.text, 0
    while label := _LABEL.match(text, at):
        statement.labels.append(Part(label["name"], piece.column + label.start("name")))
        at = label.end()
    if assignment := _ASSIGNMENT.match(text, at):
        name = Part(assignment["name"], piece.column + assignment.start("name"))
        statement.head = Part(".set", name.column)
        value = Part(text[assignment.end() :].rstrip(), piece.column + assignment.end())
        statement.operands = [name, value]
    elif word := _WORD.match(text, at):
        statement.head = Part(word["word"], piece.column + word.start("word"))
        statement.rest = strip(Part(text[word.end() :], piece.column + word.end()))
        statement.operands = split_operands(statement.rest)
    return statement


def strip(part: Part) -> Part:
    """The part without blanks around it."""
    lead = len(part.text) - len(part.text.lstrip())
    return Part(part.text.strip(), part.column + lead)


def split_operands(part: Part) -> list[Part]:
    """What stands between top-level commas, blanks stripped; nothing for blank text."""
    if not part.text.strip():
        return []
    found, depth, start, at = [], 0, 0, 0
    text = part.text
    while at < len(text):
        char = text[at]
        if char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth -= 1
        elif char == "," and depth <= 0:
            found.append(strip(Part(text[start:at], part.column + start)))
            start = at + 1
        stop = _token_end(text, at)
        at = stop if stop > 0 else len(text)
    found.append(strip(Part(text[start:], part.column + start)))
    return found
