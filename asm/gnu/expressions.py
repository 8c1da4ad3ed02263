"""Expressions of GNU as: numbers, characters, symbols, operators with as's own precedence.

A value is a constant plus symbols with coefficients, so `end - start + 4` stays exact until the
layout is known. The precedence table is that of the as manual, "Infix Operators": note that `|`,
`&` and `^` bind tighter than `+` and `-`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from asm.gnu.statements import Part, SyntaxMistake

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<hex>0[xX][0-9a-fA-F]+) | (?P<binary>0[bB][01]+(?![0-9a-zA-Z_]))
    | (?P<suffixed>[0-9][0-9a-fA-F]*[hH](?![0-9a-zA-Z_]))
    | (?P<local>[0-9]+[bf](?![0-9a-zA-Z_])) | (?P<number>[0-9]+)
    | '(?P<char>\\.|[^\\])'?
    | (?P<name>[A-Za-z_.$][\w.$@]*)
    | (?P<operator><<|>>|==|!=|<>|<=|>=|&&|\|\||[-+*/%()|&^~!<>])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": 10, "t": 9, "r": 13, "b": 8, "f": 12, "0": 0, "\\": 92, "'": 39, '"': 34}


@dataclass(frozen=True, slots=True)
class Value:
    """`constant` plus the sum of the symbols' addresses, each times its coefficient (never 0)."""

    constant: int = 0
    terms: Mapping[str, int] = field(default_factory=dict)

    def plus(self, other: Value, sign: int = 1) -> Value:
        """This plus `sign` times the other."""
        terms = dict(self.terms)
        for name, factor in other.terms.items():
            terms[name] = terms.get(name, 0) + sign * factor
        return Value(self.constant + sign * other.constant, {n: f for n, f in terms.items() if f})

    @property
    def symbol(self) -> str | None:
        """The symbol of `symbol + constant`, or None for anything else."""
        if len(self.terms) == 1:
            ((name, factor),) = self.terms.items()
            return name if factor == 1 else None
        return None


def _divide(left: int, right: int) -> int:
    return abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)


def _truth(condition: bool) -> int:
    return -1 if condition else 0


# Precedence (the higher, the tighter) and meaning on constants; + and - also work on symbols.
_INFIX: dict[str, tuple[int, Callable[[int, int], int]]] = {
    "*": (4, lambda a, b: a * b),
    "/": (4, _divide),
    "%": (4, lambda a, b: a - b * _divide(a, b)),
    "<<": (4, lambda a, b: a << b if 0 <= b < 64 else 0),
    ">>": (4, lambda a, b: (a & ((1 << 64) - 1)) >> b if 0 <= b < 64 else 0),
    "|": (3, lambda a, b: a | b),
    "&": (3, lambda a, b: a & b),
    "^": (3, lambda a, b: a ^ b),
    "!": (3, lambda a, b: a | ~b),
    "+": (2, lambda a, b: a + b),
    "-": (2, lambda a, b: a - b),
    "==": (2, lambda a, b: _truth(a == b)),
    "!=": (2, lambda a, b: _truth(a != b)),
    "<>": (2, lambda a, b: _truth(a != b)),
    "<": (2, lambda a, b: _truth(a < b)),
    ">": (2, lambda a, b: _truth(a > b)),
    "<=": (2, lambda a, b: _truth(a <= b)),
    ">=": (2, lambda a, b: _truth(a >= b)),
    "&&": (1, lambda a, b: int(bool(a and b))),
    "||": (0, lambda a, b: int(bool(a or b))),
}
_PREFIX: dict[str, Callable[[int], int]] = {
    "+": lambda a: a,
    "-": lambda a: -a,
    "~": lambda a: ~a,
    "!": lambda a: int(not a),
}

NESTING = 64  # parentheses and signs in one another; more than that is no assembly source
LONGEST_NUMBER = 1000  # digits: far above what fits in any operand, and what Python reads at once

Lookup = Callable[[str], Value]
Simplify = Callable[[Value], Value]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def evaluate(part: Part, lookup: Lookup, simplify: Simplify = lambda value: value) -> Value:
    """The value of an expression; `lookup` gives the value of a name, `.`, `1b` or `1f`.

    `simplify` may turn differences of addresses into numbers. Raises SyntaxMistake at the token that
    doesn't fit.
    """
    parser = _Parser(_tokens(part), lookup, simplify, Part("", part.column + len(part.text)))
    value = parser.infix(0)
    if parser.peek() is not None:
        raise parser.unexpected()
    return value


def _tokens(part: Part) -> list[_Token]:
    tokens, at = [], 0
    text = part.text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            tokens.append(_Token("stray", text[at], part.column + at))
            break
        kind = found.lastgroup
        tokens.append(_Token(kind, found[kind], part.column + found.start(kind)))
        at = found.end()
    return tokens


class _Parser:
    """Precedence climbing over the tokens of one expression."""

    def __init__(self, tokens: list[_Token], lookup: Lookup, simplify: Simplify, end: Part) -> None:
        self._tokens, self._lookup, self._simplify, self._end = tokens, lookup, simplify, end
        self._at = self._depth = 0

    def peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def unexpected(self) -> SyntaxMistake:
        token = self.peek()
        if token is None:
            return SyntaxMistake(self._end.column, "an expression is missing here")
        if token.kind == "stray":
            return SyntaxMistake(token.column, f"{token.text!r} doesn't belong in an expression")
        return SyntaxMistake(token.column, f"unexpected {token.text!r} in an expression")

    def infix(self, least: int) -> Value:
        left = self._operand()
        while (token := self.peek()) is not None and token.kind == "operator":
            row = _INFIX.get(token.text)
            if row is None or row[0] < least:
                break
            self._at += 1
            left = self._simplify(_combine(token, left, self.infix(row[0] + 1)))
        return left

    def _operand(self) -> Value:
        token = self.peek()
        if token is None or token.kind == "stray":
            raise self.unexpected()
        self._at += 1
        if token.kind == "operator":
            return self._prefixed(token)
        if token.kind in ("name", "local"):
            return self._lookup(token.text)
        return Value(_number(token))

    def _prefixed(self, token: _Token) -> Value:
        if self._depth == NESTING:
            raise SyntaxMistake(token.column, f"parentheses and signs are nested more than {NESTING} deep")
        self._depth += 1
        try:
            return self._nested(token)
        finally:
            self._depth -= 1

    def _nested(self, token: _Token) -> Value:
        if token.text == "(":
            value = self.infix(0)
            closing = self.peek()
            if closing is None or closing.text != ")":
                raise SyntaxMistake(token.column, "this parenthesis is not closed")
            self._at += 1
            return value
        if token.text not in _PREFIX:
            self._at -= 1
            raise self.unexpected()
        value = self._operand()
        if not value.terms:
            return Value(_PREFIX[token.text](value.constant))
        if token.text in "+-":
            return Value().plus(value, -1 if token.text == "-" else 1)
        raise SyntaxMistake(token.column, f"{token.text!r} needs a number, not an address")


def _combine(token: _Token, left: Value, right: Value) -> Value:
    if token.text in ("+", "-"):
        return left.plus(right, 1 if token.text == "+" else -1)
    if left.terms or right.terms:
        raise SyntaxMistake(token.column, f"{token.text!r} needs numbers, not addresses")
    if token.text in ("/", "%") and right.constant == 0:
        raise SyntaxMistake(token.column, "division by zero")
    return Value(_INFIX[token.text][1](left.constant, right.constant))


def _number(token: _Token) -> int:
    text = token.text
    if token.kind == "char":
        if not text.startswith("\\"):
            return ord(text)
        return _ESCAPES.get(text[1], ord(text[1]))
    if len(text) > LONGEST_NUMBER:
        raise SyntaxMistake(token.column, f"a number of {len(text)} digits fits nowhere")
    if token.kind == "suffixed":
        return int(text[:-1], 16)
    if token.kind == "number" and text.startswith("0") and len(text) > 1:
        try:
            return int(text, 8)
        except ValueError:
            raise SyntaxMistake(token.column, f"{text} is not an octal number") from None
    return int(text, 0)
