"""The kinds of operands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from asm.plan9.diagnostics import Place


class Register(NamedTuple):
    """A register by its Plan 9 name."""

    name: str
    place: Place


class Immediate(NamedTuple):
    """`$value`: a signed 64-bit number."""

    value: int
    place: Place


class Real(NamedTuple):
    """`$1.5`: a floating-point constant, which the assembler places in read-only data."""

    value: float
    place: Place


class Text(NamedTuple):
    """`$"..."`: the bytes of a string, in DATA only."""

    value: bytes
    place: Place


# No tuple: those have a method `index`.
@dataclass(frozen=True, slots=True)
class Memory:
    """`offset(base)(index*scale)`; all parts may be missing. `segment` is FS, GS, ... or TLS."""

    base: str | None
    index: str | None
    scale: int
    offset: int
    segment: str | None
    place: Place


class Slot(NamedTuple):
    """`name+offset(FP)`, an argument or result, or `name-offset(SP)`, a local variable."""

    name: str
    area: str  # "FP" or "SP"
    offset: int
    place: Place


class Global(NamedTuple):
    """`name+offset(SB)`; `name` as written. `indirect` is the star of `CALL *name(SB)`."""

    name: str
    static: bool
    offset: int
    indirect: bool
    place: Place


class Address(NamedTuple):
    """`$` before memory: its address, not its content."""

    of: Memory | Slot | Global
    place: Place


class Relative(NamedTuple):
    """`distance(PC)`: a branch over so many instructions."""

    distance: int
    place: Place


class Label(NamedTuple):
    """A label of the same TEXT, as a jump names it; `offset` counts instructions after it."""

    name: str
    offset: int
    place: Place


Operand = Register | Immediate | Real | Text | Memory | Slot | Global | Address | Relative | Label
