"""Tokens to statements: routines with their instructions and labels, and data.

    file      = { { label ":" } [ statement ] ( newline | ";" ) }
    statement = "TEXT" global "," [ flags "," ] "$" frame [ "-" args ]
              | "DATA" global "/" width "," value
              | "GLOBL" global "," [ flags "," ] "$" size
              | mnemonic [ operand { "," operand } ]

Mistakes are recorded with the routine or datum they belong to, so that one broken symbol does not
hide the others.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm.plan9.conditions import JUMPS
from asm.plan9.cursor import Cursor, expression
from asm.plan9.diagnostics import Mistake, Place, Report
from asm.plan9.includes import GENERATED, TEXT_FLAGS
from asm.plan9.lexer import Kind, Token
from asm.plan9.mnemonics import is_avx
from asm.plan9.operand_parser import parse_operand
from asm.plan9.operands import Global, Immediate, Text
from asm.plan9.preprocessor import Preprocessed
from asm.plan9.statements import DataItem, Datum, Instruction, Parsed, Routine

WIDTHS = (1, 2, 4, 8)  # of a DATA number


def parse(source: Preprocessed, report: Report) -> Parsed:
    """All statements of a file."""
    parser = _Parser(source, report)
    for statement in _statements(source.tokens):
        parser.statement(statement)
    return parser.parsed


def _statements(tokens: list[Token]) -> Iterator[list[Token]]:
    """What stands between newlines and semicolons."""
    start = 0
    for index, token in enumerate(tokens):
        if token.kind is Kind.NEWLINE or (token.text == ";" and token.kind is Kind.PUNCTUATION):
            if index > start:
                yield tokens[start:index]
            start = index + 1


class _Parser:
    def __init__(self, source: Preprocessed, report: Report) -> None:
        self.parsed = Parsed(report, [], {})
        self._generated_missing = source.generated_missing
        self._routine: Routine | None = None

    def statement(self, tokens: list[Token]) -> None:
        """One statement with the labels before it; what is wrong goes to its symbol's report."""
        report = self._routine.report if self._routine else self.parsed.report
        try:
            while len(tokens) > 1 and tokens[0].kind is Kind.NAME and tokens[1].text == ":":
                self._label(tokens[0])
                tokens = tokens[2:]
            if not tokens:
                return
            word = tokens[0]
            if word.kind is not Kind.NAME:
                raise Mistake(word.place, f"expected an instruction or a label, found {word.text}")
            if word.text == "TEXT":
                report = self.parsed.report
                self._text(word, _split(tokens))
            elif word.text in ("DATA", "GLOBL"):
                report = self.parsed.report
                self._datum(word, _split(tokens))
            else:
                self._instruction(word, tokens)
        except Mistake as mistake:
            report.record(mistake)

    def _label(self, name: Token) -> None:
        routine = self._routine
        if routine is None:
            raise Mistake(name.place, f"label {name.text} outside of any TEXT")
        if name.text in routine.labels:
            line = routine.labels[name.text][1].line
            raise Mistake(name.place, f"label {name.text} is already defined on line {line}")
        routine.labels[name.text] = (len(routine.body), name.place)

    def _instruction(self, word: Token, tokens: list[Token]) -> None:
        if self._routine is None:
            raise Mistake(word.place, f"{word.text} outside of any TEXT")
        # Its place counts for n(PC) even when it is wrong.
        self._routine.body.append(Instruction("NOP", (), word.place))
        if is_avx(word.text):
            raise Mistake(word.place, f"{word.text}: AVX instructions are not supported")
        if len(tokens) > 1 and tokens[1].text == ".":
            raise Mistake(tokens[1].place, f"unexpected . after {word.text}: only AVX-512 has suffixes")
        jump = word.text in JUMPS
        operands = [parse_operand(self._cursor(part, word), jump) for part in _split(tokens)]
        self._routine.body[-1] = Instruction(word.text, tuple(operands), word.place)

    def _text(self, word: Token, parts: list[list[Token]]) -> None:
        self._routine = Routine("", False, 0, 0, None, word.place)
        if len(parts) not in (2, 3):
            raise Mistake(word.place, f"TEXT takes a name, flags and a frame size, not {len(parts)} operands")
        name = self._global(word, parts[0])
        if name.offset:
            raise Mistake(name.place, "the name of a TEXT can't have an offset")
        flags = self._constant(parts[1], word) if len(parts) == 3 else 0
        frame, args = self._frame(parts[-1], word)
        self._routine = Routine(name.name, name.static, flags, frame, args, name.place)
        self.parsed.routines.append(self._routine)

    def _frame(self, tokens: list[Token], word: Token) -> tuple[int, int | None]:
        """`$frame-args`."""
        cursor = self._cursor(tokens, word)
        cursor.expect("$")
        sign = -1 if cursor.accept("-") else 1
        frame = sign * _size(cursor, "a frame size")
        args = _size(cursor, "a size of arguments") if cursor.accept("-") else None
        cursor.finish()
        return frame, args

    def _datum(self, word: Token, parts: list[list[Token]]) -> None:
        if word.text == "DATA":
            self._data(word, parts)
            return
        if len(parts) not in (2, 3):
            raise Mistake(word.place, f"GLOBL takes a name, flags and a size, not {len(parts)} operands")
        name = self._global(word, parts[0])
        datum = self._datum_of(name)
        try:
            if name.offset:
                raise Mistake(name.place, "the name of a GLOBL can't have an offset")
            if datum.size is not None:
                raise Mistake(name.place, f"{name.name} has a second GLOBL")
            datum.place = name.place
            datum.size = 0
            datum.flags = self._constant(parts[1], word) if len(parts) == 3 else 0
            size = parse_operand(self._cursor(parts[-1], word), False)
            if not isinstance(size, Immediate) or not 0 <= size.value < 1 << 31:
                raise Mistake(parts[-1][0].place, "GLOBL expects a size such as $8")
            datum.size = size.value
        except Mistake as mistake:
            datum.report.record(mistake)

    def _data(self, word: Token, parts: list[list[Token]]) -> None:
        if len(parts) != 2:
            raise Mistake(word.place, f"DATA takes a place and a value, not {len(parts)} operands")
        where = parts[0]
        if len(where) < 3 or where[-2].text != "/" or not isinstance(where[-1].value, int):
            raise Mistake(where[0].place, "DATA expects a width, as in name+0(SB)/8")
        name = self._global(word, where[:-2])
        datum = self._datum_of(name)
        try:
            value = parse_operand(self._cursor(parts[1], word), False)
            width = where[-1].value
            if not (width in WIDTHS or (isinstance(value, Text) and 0 < width <= 4096)):
                raise Mistake(where[-1].place, f"bad width {width}: one of 1, 2, 4, 8")
            datum.items.append(DataItem(name.offset, width, value, name.place))
        except Mistake as mistake:
            datum.report.record(mistake)

    def _datum_of(self, name: Global) -> Datum:
        key = (name.name, name.static)
        return self.parsed.data.setdefault(key, Datum(name.name, name.static, name.place))

    def _global(self, word: Token, tokens: list[Token]) -> Global:
        operand = parse_operand(self._cursor(tokens, word), False)
        if not isinstance(operand, Global) or operand.indirect:
            raise Mistake(tokens[0].place, f"{word.text} expects a name as in name(SB)")
        return operand

    def _constant(self, tokens: list[Token], word: Token) -> int:
        cursor = self._cursor(tokens, word)
        cursor.accept("$")
        value = expression(cursor)
        cursor.finish()
        return value

    def _cursor(self, tokens: list[Token], word: Token) -> Cursor:
        last = tokens[-1] if tokens else word
        end = Place(last.place.source, last.place.line, last.place.column + len(last.text))
        return Cursor(tokens, end, self._undefined)

    def _undefined(self, name: Token) -> Mistake:
        """Why a name means nothing here, as far as one can tell."""
        hint = ""
        if name.text in TEXT_FLAGS:
            hint = ': #include "textflag.h"'
        elif self._generated_missing and "_" in name.text:
            hint = f": {GENERATED}, which the go command generates, was not found"
        return Mistake(name.place, f"{name.text} is not defined{hint}")


def _size(cursor: Cursor, what: str) -> int:
    """A number, or an expression in parentheses: between a frame size and the arguments' stands a minus."""
    if cursor.at("("):
        cursor.expect("(")
        value = expression(cursor)
        cursor.expect(")")
    else:
        token = cursor.next(what)
        if not isinstance(token.value, int):
            raise cursor.undefined(token) if token.kind is Kind.NAME else Mistake(
                token.place, f"expected {what}, found {token.text}"
            )
        value = token.value
    if not 0 <= value < 1 << 31:
        raise cursor.unexpected(f"{value} can't be {what}")
    return value


def _split(tokens: list[Token]) -> list[list[Token]]:
    """The operands of a statement. `DX:AX`, the double register of a shift, is two: AX and DX."""
    parts: list[list[Token]] = [[]]
    nesting = 0
    swap = -1
    for token in tokens[1:]:
        punctuation = token.kind is Kind.PUNCTUATION
        if punctuation and nesting == 0 and token.text in (",", ":"):
            if not parts[-1]:
                raise Mistake(token.place, "missing operand")
            swap = len(parts) if token.text == ":" else swap
            parts.append([])
            continue
        nesting += {"(": 1, ")": -1}.get(token.text, 0) if punctuation else 0
        parts[-1].append(token)
    if not parts[-1]:
        if len(parts) > 1:
            raise Mistake(tokens[-1].place, "missing operand")
        return []
    if swap > 0:
        parts[swap - 1], parts[swap] = parts[swap], parts[swap - 1]
    return parts
