"""What lies between a statement and machine code: pieces that are encoded, then laid out."""

from __future__ import annotations

from typing import NamedTuple, TypedDict

from asm.plan9.diagnostics import Place
from asm.program import RelocationKind

# Numbers that stand in the Intel text for a field that the assembler fills in afterwards. No
# instruction that holds one in its displacement or immediate has the same bytes elsewhere.
DISPLACEMENT = 0x5A6B7C1D
IMMEDIATE = {2: 0x5E4D, 4: 0x6E4D3C2B}


class Reference(NamedTuple):
    """A symbol that a field waits for; `addend` as in the source, before the PC-relative correction."""

    target: str
    kind: RelocationKind
    addend: int


class Fixups(NamedTuple):
    """What to change in the bytes that come back for an Intel text.

    `displacement` replaces the marker DISPLACEMENT, or is what that field waits for; `absolute` says
    that its address must have neither base nor index, for which the text used one; `immediate` is
    (value, size) for the marker of that size; `other_direction` swaps a register-to-register form;
    `accumulator` puts AL where the text has CL, because Keystone has a short form for AL.
    """

    displacement: int | Reference | None = None
    absolute: bool = False
    immediate: tuple[int, int] | None = None
    other_direction: bool = False
    accumulator: bool = False


class FixupFields(TypedDict, total=False):
    """The fields of Fixups while the operands are gone through."""

    displacement: int | Reference | None
    absolute: bool
    immediate: tuple[int, int] | None
    other_direction: bool
    accumulator: bool


class Encoded(NamedTuple):
    """Machine code; `reference` is what the 4 bytes at `field` wait for."""

    code: bytes
    field: int = 0
    reference: Reference | None = None


class Intel(NamedTuple):
    """An instruction in Intel syntax, for Keystone."""

    text: str
    fixups: Fixups


class Jump(NamedTuple):
    """A jump inside its routine: opcodes of the short form and of the long one (None: there is none)."""

    target: int  # index of the statement jumped to
    short: bytes
    long: bytes | None


class Align(NamedTuple):
    """Padding to a multiple of `to` bytes, with instructions that do nothing."""

    to: int


class Piece(NamedTuple):
    """One machine instruction, or padding, and the line that it comes from."""

    content: Encoded | Intel | Jump | Align
    place: Place
