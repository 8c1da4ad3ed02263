"""Includes, macros and conditions: from a file's tokens to the tokens that the parser sees.

As in Go's assembler, a macro's definition keeps the newlines that a backslash escapes, so each line
of it is a statement of its own; tokens that come out of a macro stand where the macro was used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from asm.errors import AssemblyErrors
from asm.plan9.diagnostics import Mistake, Place, Report, SourceFile
from asm.plan9.includes import GENERATED
from asm.plan9.lexer import Kind, Token, tokenize

DEPTH = 100  # of includes in includes and macros in macros
EXPANDED = 1_000_000  # tokens out of macros in one file: stops definitions that double themselves


@dataclass(frozen=True, slots=True)
class Macro:
    """A definition: `parameters` is None for a macro without an argument list."""

    parameters: tuple[str, ...] | None
    body: tuple[Token, ...]


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
            parameters, rest = _parameters(name, rest)
        if name.text in self._macros:
            raise Mistake(name.place, f"{name.text} is already defined: #undef it first")
        self._macros[name.text] = Macro(parameters, _body(rest))

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
                arguments, index = _arguments(token, tokens, index + 1)
                body = _substitute(token, macro, arguments)
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
    word: Token, rest: list[Token], conditions: list[_Condition], macros: Mapping[str, Macro]
) -> None:
    """#ifdef, #ifndef, #else, #endif."""
    if word.text in ("ifdef", "ifndef"):
        outer = not conditions or conditions[-1].active
        defined = _one_name(word, rest) in macros
        conditions.append(_Condition(word.place, outer and defined == (word.text == "ifdef"), outer))
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


def _parameters(name: Token, rest: list[Token]) -> tuple[tuple[str, ...], list[Token]]:
    """`(a, b)` after a macro's name, and what follows it."""
    names: list[str] = []
    index, expect_name = 1, True
    while index < len(rest) and rest[index].text != ")":
        token = rest[index]
        if (token.kind is Kind.NAME) != expect_name or (not expect_name and token.text != ","):
            raise Mistake(token.place, f"bad parameter list of macro {name.text}")
        if expect_name and token.text in names:
            raise Mistake(token.place, f"macro {name.text} has two parameters {token.text}")
        if expect_name:
            names.append(token.text)
        expect_name = not expect_name
        index += 1
    if index == len(rest) or (expect_name and names):
        raise Mistake(name.place, f"bad parameter list of macro {name.text}")
    return tuple(names), rest[index + 1 :]


def _body(tokens: list[Token]) -> tuple[Token, ...]:
    """A definition's tokens: `\\` before a newline vanishes and the newline stays."""
    body = []
    for index, token in enumerate(tokens):
        if token.text == "\\" and token.kind is Kind.PUNCTUATION:
            if index + 1 < len(tokens) and tokens[index + 1].kind is Kind.NEWLINE:
                continue
            raise Mistake(token.place, "a backslash can only stand at the end of a line")
        body.append(token)
    return tuple(body)


def _arguments(name: Token, tokens: list[Token], index: int) -> tuple[list[list[Token]], int]:
    """The arguments of an invocation, whose `(` stands before `index`, and the index after its `)`."""
    arguments: list[list[Token]] = [[]]
    nesting = 0
    while index < len(tokens) and tokens[index].kind is not Kind.NEWLINE:
        token = tokens[index]
        index += 1
        if nesting == 0 and token.text == ")":
            return arguments, index
        if nesting == 0 and token.text == ",":
            arguments.append([])
            continue
        nesting += {"(": 1, ")": -1}.get(token.text, 0) if token.kind is Kind.PUNCTUATION else 0
        arguments[-1].append(token)
    raise Mistake(name.place, f"the arguments of macro {name.text} are never closed: ) is missing")


def _substitute(name: Token, macro: Macro, arguments: list[list[Token]]) -> list[Token]:
    parameters = macro.parameters or ()
    if not parameters and arguments == [[]]:
        arguments = []
    if len(arguments) != len(parameters):
        expected = f"{len(parameters)} argument{'s' * (len(parameters) != 1)}"
        raise Mistake(name.place, f"macro {name.text} takes {expected}, not {len(arguments)}")
    values = dict(zip(parameters, arguments, strict=True))
    body: list[Token] = []
    for token in macro.body:
        body += values.get(token.text, [token]) if token.kind is Kind.NAME else [token]
    return body
