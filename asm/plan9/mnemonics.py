"""What each mnemonic takes and what Intel syntax calls it: the tables' rows, read on demand.

A row is (name, suffixes, forms). Suffixes are the letters B W L Q, for operands of 1 2 4 8 bytes; the
mnemonic is name + letter. Forms are alternatives, tried in order, separated by `|`:

    form    = [ intel ":" ] [ operand { "," operand } ] [ "@" order ] [ "~" ]
    operand = kinds [ size ] [ "=" | "+" ]

Operands stand in Plan 9 order. A kind is r (general register), m (memory), a (memory whose address
counts, not its content), i (immediate of the operand size, sign-extended from 32 bits at size 8),
I (64-bit immediate), j (signed byte), u (unsigned byte), t (0 to 3), c (CX or CL as a count),
x (XMM register), 0 (X0), s, k and d (segment, control and debug register). The size, in bytes, is the
suffix's unless given; 0 means that the memory operand has no size of its own. `=` is written, `+` read
and written, otherwise read. The order lists the Plan 9 operands by number as Intel syntax wants them;
without it they are reversed. `~` asks for the other of the two encodings that a register-to-register
form has.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from asm.plan9.table_integer import ROWS as INTEGER
from asm.plan9.table_sse import ROWS as SSE

SIZES = {"B": 1, "W": 2, "L": 4, "Q": 8}
Row = tuple[str, str, str]
_AVX = re.compile(
    r"V(P|MOV|ZERO|BROADCAST|EXTRACT|INSERT|PERM|FM|FN|GATHER)|K(MOV|X?N?OR|AND|NOT|ADD|SH|TEST|UNP)"
)


class OperandForm(NamedTuple):
    """What one operand may be."""

    kinds: str
    size: int
    reads: bool
    writes: bool


class Form(NamedTuple):
    """One way to use a mnemonic; `order` has the Plan 9 operand of each Intel operand."""

    intel: str
    operands: tuple[OperandForm, ...]
    order: tuple[int, ...]
    other_direction: bool


@cache
def _rows() -> dict[str, tuple[Row, str]]:
    """Every mnemonic, with its row and its suffix."""
    return {
        row[0] + suffix: (row, suffix)
        for table in (INTEGER, SSE)
        for row in table
        for suffix in (row[1] or ("",))
    }


def known() -> list[str]:
    """All mnemonics of the tables."""
    return list(_rows())


def is_avx(mnemonic: str) -> bool:
    """Whether the name is one of AVX or AVX-512, which no emulated CPU has."""
    return mnemonic not in _rows() and bool(
        _AVX.match(mnemonic) or (mnemonic[:1] == "V" and mnemonic[1:] in _rows())
    )


@cache
def forms(mnemonic: str) -> tuple[Form, ...] | None:
    """The forms of a mnemonic, or None if the tables lack it."""
    found = _rows().get(mnemonic)
    if found is None:
        return None
    (name, _suffixes, text), suffix = found
    return tuple(_form(part.strip(), name.lower(), SIZES.get(suffix, 0)) for part in text.split("|"))


def _form(text: str, intel: str, size: int) -> Form:
    text, _, order = text.partition("@")
    other = text.endswith("~") or order.endswith("~")
    text, order = text.rstrip("~ "), order.rstrip("~ ")
    if ":" in text:
        intel, _, text = text.partition(":")
    operands = tuple(_operand(part.strip(), size) for part in text.split(",") if part.strip())
    places = tuple(int(digit) for digit in order) if order else tuple(reversed(range(len(operands))))
    return Form(intel.strip(), operands, places, other)


def _operand(text: str, size: int) -> OperandForm:
    role = text[-1] if text[-1] in "=+" else ""
    text = text.rstrip("=+")
    kinds = text.rstrip("0123456789")
    if text == "0":
        return OperandForm("0", 16, True, False)
    digits = text[len(kinds) :]
    return OperandForm(kinds, int(digits) if digits else size, role != "=", role in ("=", "+"))
