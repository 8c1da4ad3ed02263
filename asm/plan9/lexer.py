"""Text to tokens: names with middle dots, numbers of C and Go, strings, punctuation, newlines.

A newline is a token, because it ends a statement; comments are white space, also those that span
lines. A backslash is a token too: the preprocessor gives it its meaning.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from asm.plan9.diagnostics import Place, Report, SourceFile

MASK64 = (1 << 64) - 1


class Kind(Enum):
    """What a token is."""

    NAME = "name"
    INTEGER = "integer"
    FLOAT = "floating-point number"
    STRING = "string"
    PUNCTUATION = "punctuation"
    NEWLINE = "end of line"


class Token(NamedTuple):
    """One token: `text` as written, `value` for numbers (int, float) and strings (bytes).

    `spaced`, white space stands before it, tells `#define A (x)` from `#define A(x)`.
    """

    kind: Kind
    text: str
    place: Place
    value: int | float | bytes | None = None
    spaced: bool = False

    def at(self, place: Place) -> Token:
        """The same token, as if it stood elsewhere: where its macro is used."""
        return Token(self.kind, self.text, place, self.value, self.spaced)


_LETTER = "[^\\W\\d]|[\u00b7\u2215]"
_TOKEN = re.compile(
    rf"""
    (?P<blank>[ \t\r\f\v]+)
  | (?P<newline>\n)
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<open>/\*)
  | (?P<name>(?:{_LETTER})(?:\w|[\u00b7\u2215])*)
  | (?P<float>\d+\.\d*(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
  | (?P<integer>0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|\d+)
  | (?P<string>"(?:[^"\\\n]|\\.)*")
  | (?P<char>'(?:[^'\\\n]|\\.)*')
  | (?P<punctuation><<|>>|[-+*/%&|^~$(),:;<>\#.\\@=\[\]{{}}!])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, "'": 39, '"': 34}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{3})|(.))|([^\\]+)", re.DOTALL)


def tokenize(source: SourceFile, report: Report) -> list[Token]:
    """The tokens of a file, the last one a NEWLINE. What can't be read is reported and left out."""
    text = "\n".join(source.lines)
    tokens: list[Token] = []
    position, line, line_start, spaced = 0, 1, 0, False
    while position < len(text):
        place = Place(source, line, position - line_start + 1)
        match = _TOKEN.match(text, position)
        kind = match.lastgroup if match else None
        end = match.end() if match else position + 1
        if kind == "open":
            report.add(place, "this comment is never closed: */ is missing")
            break
        if kind == "newline":
            tokens.append(Token(Kind.NEWLINE, "\n", place))
        elif kind not in ("blank", "comment"):
            token = _token(kind, text[position:end], place, spaced, report)
            if token:
                tokens.append(token)
        spaced = kind in ("blank", "comment")
        newlines = text.count("\n", position, end)
        if newlines:
            line += newlines
            line_start = text.rfind("\n", position, end) + 1
        position = end
    tokens.append(Token(Kind.NEWLINE, "\n", Place(source, line, position - line_start + 1)))
    return tokens


def _token(kind: str | None, text: str, place: Place, spaced: bool, report: Report) -> Token | None:
    """One token that is not white space, or None after reporting why there is none."""
    if kind == "name":
        return Token(Kind.NAME, text, place, None, spaced)
    if kind == "punctuation":
        return Token(Kind.PUNCTUATION, text, place, None, spaced)
    if kind == "integer":
        return _integer(text, place, spaced, report)
    if kind == "float":
        value = float(text)
        if value == float("inf"):
            report.add(place, f"{text} does not fit in 64 bits")
        return Token(Kind.FLOAT, text, place, value, spaced)
    if kind in ("string", "char"):
        return _quoted(text, place, spaced, report)
    shown = f"{text!r}" if text.isprintable() else f"U+{ord(text):04X}"
    message = {'"': "this string is never closed", "'": "this character is never closed"}
    report.add(place, message.get(text, f"unexpected character {shown}"))
    return None


def _integer(text: str, place: Place, spaced: bool, report: Report) -> Token | None:
    """A number as in C and Go: 0x, 0b, 0o, and a leading zero for octal."""
    octal = len(text) > 1 and text[0] == "0" and text[1].isdigit()
    try:
        value = int(text, 8 if octal else 0)
    except ValueError:
        report.add(place, f"{text} is not a number")
        return None
    if value > MASK64:
        report.add(place, f"{text} does not fit in 64 bits")
        return None
    return Token(Kind.INTEGER, text, place, value, spaced)


def _quoted(text: str, place: Place, spaced: bool, report: Report) -> Token | None:
    """A string (its bytes), or a character constant (an integer)."""
    content = bytearray()
    for hexadecimal, unicode, octal, simple, plain in _ESCAPE.findall(text[1:-1]):
        if plain:
            content += plain.encode("utf-8", "replace")
        elif unicode:
            content += chr(int(unicode, 16)).encode("utf-8", "replace")
        elif hexadecimal:
            content.append(int(hexadecimal, 16))
        elif octal:
            content.append(int(octal, 8) & 255)
        elif simple in _ESCAPES:
            content.append(_ESCAPES[simple])
        else:
            report.add(place, f"unknown escape \\{simple}")
            return None
    if text[0] == '"':
        return Token(Kind.STRING, text, place, bytes(content), spaced)
    character = content.decode("utf-8", "replace")
    if len(character) != 1:
        report.add(place, f"{text} is not one character")
        return None
    return Token(Kind.INTEGER, text, place, ord(character), spaced)
