"""Macros: a definition's parameters and body, an invocation's arguments."""

from __future__ import annotations

from typing import NamedTuple

from asm.plan9.diagnostics import Mistake
from asm.plan9.lexer import Kind, Token


class Macro(NamedTuple):
    """A definition: `parameters` is None for a macro without an argument list."""

    parameters: tuple[str, ...] | None
    body: tuple[Token, ...]


def parameters(name: Token, rest: list[Token]) -> tuple[tuple[str, ...], list[Token]]:
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


def body(tokens: list[Token]) -> tuple[Token, ...]:
    """A definition's tokens: `\\` before a newline vanishes and the newline stays."""
    kept = []
    for index, token in enumerate(tokens):
        if token.text == "\\" and token.kind is Kind.PUNCTUATION:
            if index + 1 < len(tokens) and tokens[index + 1].kind is Kind.NEWLINE:
                continue
            raise Mistake(token.place, "a backslash can only stand at the end of a line")
        kept.append(token)
    return tuple(kept)


def arguments(name: Token, tokens: list[Token], index: int) -> tuple[list[list[Token]], int]:
    """The arguments of an invocation, whose `(` stands before `index`, and the index after its `)`."""
    found: list[list[Token]] = [[]]
    nesting = 0
    while index < len(tokens) and tokens[index].kind is not Kind.NEWLINE:
        token = tokens[index]
        index += 1
        if nesting == 0 and token.text == ")":
            return found, index
        if nesting == 0 and token.text == ",":
            found.append([])
            continue
        nesting += {"(": 1, ")": -1}.get(token.text, 0) if token.kind is Kind.PUNCTUATION else 0
        found[-1].append(token)
    raise Mistake(name.place, f"the arguments of macro {name.text} are never closed: ) is missing")


def substitute(name: Token, macro: Macro, given: list[list[Token]]) -> list[Token]:
    """The macro's body with its parameters replaced. Raises Mistake at `name` for a wrong count."""
    names = macro.parameters or ()
    if not names and given == [[]]:
        given = []
    if len(given) != len(names):
        expected = f"{len(names)} argument{'s' * (len(names) != 1)}"
        raise Mistake(name.place, f"macro {name.text} takes {expected}, not {len(given)}")
    values = dict(zip(names, given, strict=True))
    replaced: list[Token] = []
    for token in macro.body:
        replaced += values.get(token.text, [token]) if token.kind is Kind.NAME else [token]
    return replaced
