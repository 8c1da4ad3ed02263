"""Includes, macros and conditions: from a file's tokens to the tokens that the parser sees.

As in Go's assembler, a macro's definition keeps the newlines that a backslash escapes, so each line
of it is a statement of its own; tokens that come out of a macro stand where the macro was used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from asm.errors import AssemblyErrors
from asm.plan9 import macros
from asm.plan9.diagnostics import Mistake, Place, Report, SourceFile
from asm.plan9.includes import GENERATED
from asm.plan9.lexer import Kind, Token, tokenize
from asm.plan9.macros import Macro

DEPTH = 100  # of includes in includes and macros in macros
EXPANDED = 1_000_000  # tokens out of macros in one file: stops definitions that double themselves


@dataclass(slots=True)
class Preprocessed:
    """What the parser gets. `generated_missing`: the file wants go_asm.h, and there is none."""

    tokens: list[Token] = field(default_factory=list)
    generated_missing: bool = False


@dataclass(slots=True)
class _Condition:
    """An open #ifdef: whether its lines count, and whether those around it do."""

    place: Place
    active: bool
    outer: bool
    seen_else: bool = False


class Preprocessor:
    """One file's preprocessing. `find(name, including path)` reads an include or answers None."""

    def __init__(
        self, find: Callable[[str, str], SourceFile | None], defines: Mapping[str, str], report: Report
    ) -> None:
        self._find = find
        self._report = report
        self._expanded = 0
        self._result = Preprocessed()
        self._macros: dict[str, Macro] = {}
        for name, value in defines.items():
            source = SourceFile.from_text("command line", value)
            self._macros[name] = Macro(None, tuple(tokenize(source, report)[:-1]))

    def run(self, source: SourceFile) -> Preprocessed:
        """All tokens of the file and its includes, macros replaced. Mistakes go to the report."""
        self._file(source, 0)
        return self._result

    def _file(self, source: SourceFile, depth: int) -> None:
        conditions: list[_Condition] = []
        for line, newline in _lines(tokenize(source, self._report)):
            try:
                if line[0].text == "#" and line[0].kind is Kind.PUNCTUATION:
                    self._directive(line, conditions, source, depth)
                elif not conditions or conditions[-1].active:
                    self._result.tokens += self._expand(line, 0, None)
                    self._result.tokens.append(newline)
            except Mistake as mistake:
                self._report.record(mistake)
        for condition in conditions:
            self._report.add(condition.place, "this condition is never closed: #endif is missing")

    def _directive(
        self, line: list[Token], conditions: list[_Condition], source: SourceFile, depth: int
    ) -> None:
        if len(line) < 2 or line[1].kind is not Kind.NAME:
            raise Mistake(line[0].place, "expected a directive after #")
        word, rest = line[1], line[2:]
        if word.text in ("ifdef", "ifndef", "else", "endif"):
            _condition(word, rest, conditions, self._macros)
        elif conditions and not conditions[-1].active:
            return
        elif word.text == "define":
            self._define(word, rest)
        elif word.text == "undef":
            name = _one_name(word, rest)
            if self._macros.pop(name, None) is None:
                raise Mistake(rest[0].place, f"#undef of {name}, which is not defined")
        elif word.text == "include":
            self._include(word, rest, source, depth)
        elif word.text != "line":
            raise Mistake(word.place, f"unknown directive #{word.text}")

    def _include(self, word: Token, rest: list[Token], source: SourceFile, depth: int) -> None:
        if len(rest) != 1 or not isinstance(rest[0].value, bytes):
            raise Mistake(word.place, '#include expects one file name in double quotes')
        name = rest[0].value.decode("utf-8", "replace")
        if depth >= DEPTH:
            raise Mistake(rest[0].place, f"includes are nested more than {DEPTH} deep")
        try:
            included = self._find(name, source.path)
        except (OSError, ValueError) as error:
            raise Mistake(rest[0].place, f"can't read {name}: {error}") from None
        except AssemblyErrors as errors:
            self._report.errors += errors.errors
            return
        if included is not None:
            self._file(included, depth + 1)
        elif name == GENERATED:
            self._result.generated_missing = True
        else:
            raise Mistake(rest[0].place, f"include file {name} not found")

    def _define(self, word: Token, rest: list[Token]) -> None:
        if not rest or rest[0].kind is not Kind.NAME:
            raise Mistake(word.place, "#define expects a name")
        name, rest = rest[0], rest[1:]
        parameters = None
        if rest and rest[0].text == "(" and not rest[0].spaced:
            parameters, rest = macros.parameters(name, rest)
        if name.text in self._macros:
            raise Mistake(name.place, f"{name.text} is already defined: #undef it first")
        self._macros[name.text] = Macro(parameters, macros.body(rest))

    def _expand(self, tokens: list[Token], depth: int, place: Place | None) -> list[Token]:
        """The tokens with macros replaced; those of a macro's body stand at `place`."""
        result: list[Token] = []
        index = 0
        while index < len(tokens):
            token = tokens[index] if place is None else tokens[index].at(place)
            macro = self._macros.get(token.text) if token.kind is Kind.NAME else None
            index += 1
            if macro is None:
                result.append(token)
                continue
            body = list(macro.body)
            if macro.parameters is not None:
                if index >= len(tokens) or tokens[index].text != "(":
                    result.append(token)
                    continue
                arguments, index = macros.arguments(token, tokens, index + 1)
                body = macros.substitute(token, macro, arguments)
            self._expanded += len(body)
            if depth >= DEPTH or self._expanded > EXPANDED:
                raise Mistake(token.place, f"macro {token.text} uses itself without end")
            result += self._expand(body, depth + 1, token.place)
        return result


def _lines(tokens: list[Token]) -> list[tuple[list[Token], Token]]:
    """The tokens of each line that has any (lines joined by a backslash are one), and its newline."""
    lines = []
    start = 0
    for index, token in enumerate(tokens):
        escaped = index > start and tokens[index - 1].text == "\\" and index < len(tokens) - 1
        if token.kind is Kind.NEWLINE and not escaped:
            if index > start:
                lines.append((tokens[start:index], token))
            start = index + 1
    return lines


def _condition(
    word: Token, rest: list[Token], conditions: list[_Condition], defined: Mapping[str, Macro]
) -> None:
    """#ifdef, #ifndef, #else, #endif."""
    if word.text in ("ifdef", "ifndef"):
        outer = not conditions or conditions[-1].active
        known = _one_name(word, rest) in defined
        conditions.append(_Condition(word.place, outer and known == (word.text == "ifdef"), outer))
        return
    if rest:
        raise Mistake(rest[0].place, f"unexpected {rest[0].text} after #{word.text}")
    if not conditions:
        raise Mistake(word.place, f"#{word.text} without #ifdef or #ifndef")
    if word.text == "endif":
        conditions.pop()
        return
    condition = conditions[-1]
    if condition.seen_else:
        raise Mistake(word.place, "second #else of one condition")
    condition.seen_else = True
    condition.active = condition.outer and not condition.active


def _one_name(word: Token, rest: list[Token]) -> str:
    if len(rest) != 1 or rest[0].kind is not Kind.NAME:
        raise Mistake((rest[1] if len(rest) > 1 else word).place, f"#{word.text} expects one name")
    return rest[0].text
