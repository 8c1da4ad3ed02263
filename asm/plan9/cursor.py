"""Walking over the tokens of one operand, and the constant expressions found there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asm.plan9.diagnostics import Mistake, Place
from asm.plan9.lexer import MASK64, Kind, Token

NESTING = 64  # parentheses in parentheses; more than that is no assembly source


def signed(value: int) -> int:
    """A 64-bit pattern as the number that it stands for in two's complement."""
    return ((value + (1 << 63)) & MASK64) - (1 << 63)


class Cursor:
    """A position in a list of tokens. `undefined` builds the mistake for a name that means nothing."""

    def __init__(
        self, tokens: Sequence[Token], end: Place, undefined: Callable[[Token], Mistake]
    ) -> None:
        self._tokens = tokens
        self._end = end
        self._index = 0
        self.undefined = undefined

    def peek(self, ahead: int = 0) -> Token | None:
        """The token that comes next, or None at the end."""
        index = self._index + ahead
        return self._tokens[index] if index < len(self._tokens) else None

    def at(self, text: str) -> bool:
        """Whether the next token is this punctuation."""
        token = self.peek()
        return token is not None and token.kind is Kind.PUNCTUATION and token.text == text

    def accept(self, text: str) -> bool:
        """Step over this punctuation, if it is next."""
        found = self.at(text)
        self._index += found
        return found

    def expect(self, text: str) -> Token:
        """Step over this punctuation, or raise Mistake."""
        if not self.at(text):
            raise self.unexpected(f"expected {text}")
        return self.next(text)

    def next(self, expected: str) -> Token:
        """Take the next token, or raise Mistake that something was expected."""
        token = self.peek()
        if token is None:
            raise Mistake(self._end, f"expected {expected}")
        self._index += 1
        return token

    def unexpected(self, message: str) -> Mistake:
        """A mistake at the next token, which is named."""
        token = self.peek()
        if token is None:
            return Mistake(self._end, message)
        return Mistake(token.place, f"{message}, found {token.text}")

    def finish(self) -> None:
        """Raise Mistake unless all tokens are taken."""
        token = self.peek()
        if token is not None:
            raise Mistake(token.place, f"unexpected {token.text}")


def expression(cursor: Cursor, depth: int = 0) -> int:
    """expr = term { ("+" | "-" | "|" | "^") term }, in 64 bits, as a signed number."""
    value = _term(cursor, depth)
    while (token := _operator(cursor, "+-|^")) is not None:
        right = _term(cursor, depth)
        if token.text == "+":
            value += right
        elif token.text == "-":
            value -= right
        else:
            value = value | right if token.text == "|" else value ^ right
        value &= MASK64
    return signed(value)


def _operator(cursor: Cursor, operators: str) -> Token | None:
    token = cursor.peek()
    if token is None or token.kind is not Kind.PUNCTUATION or token.text not in (*operators, "<<", ">>"):
        return None
    if token.text in ("<<", ">>") and "*" not in operators:
        return None
    return cursor.next("an operator")


def _term(cursor: Cursor, depth: int) -> int:
    """term = factor { ("*" | "/" | "%" | "<<" | ">>" | "&") factor }, unsigned."""
    value = _factor(cursor, depth)
    while (token := _operator(cursor, "*/%&")) is not None:
        right = _factor(cursor, depth)
        if token.text in "/%":
            value = _divide(token, value, right)
        elif token.text == "<<":
            value = value << right if right < 64 else 0
        elif token.text == ">>":
            if value >> 63:
                raise Mistake(token.place, ">> of a negative number")
            value = value >> right if right < 64 else 0
        else:
            value = value * right if token.text == "*" else value & right
        value &= MASK64
    return value


def _divide(token: Token, value: int, by: int) -> int:
    if by == 0:
        raise Mistake(token.place, "division by zero")
    if value >> 63 or by >> 63:
        raise Mistake(token.place, f"{token.text} of a negative number")
    return value // by if token.text == "/" else value % by


def _factor(cursor: Cursor, depth: int) -> int:
    """factor = integer | ("+" | "-" | "~") factor | "(" expr ")"."""
    sign = 1
    invert = 0
    while (token := cursor.next("a number")).text in ("+", "-", "~") and token.kind is Kind.PUNCTUATION:
        if token.text != "+":
            # both are affine: -x = -1*x + 0 and ~x = -1*x - 1
            invert = invert - sign if token.text == "~" else invert
            sign = -sign
    if token.kind is Kind.INTEGER and isinstance(token.value, int):
        value = token.value
    elif token.text == "(" and token.kind is Kind.PUNCTUATION:
        if depth >= NESTING:
            raise Mistake(token.place, f"parentheses are nested more than {NESTING} deep")
        value = expression(cursor, depth + 1)
        cursor.expect(")")
    elif token.kind is Kind.NAME:
        raise cursor.undefined(token)
    else:
        raise Mistake(token.place, f"expected a number, found {token.text}")
    return (sign * value + invert) & MASK64
