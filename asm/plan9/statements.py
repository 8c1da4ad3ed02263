"""What the parser makes of a file: routines with their instructions and labels, and data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from asm.plan9.diagnostics import Place, Report
from asm.plan9.operands import Operand


class Instruction(NamedTuple):
    """A statement of a routine as written."""

    mnemonic: str
    operands: tuple[Operand, ...]
    place: Place


@dataclass(slots=True)
class Routine:
    """A TEXT and what follows it. `labels` maps a name to an index of `body` and to its own place."""

    name: str
    static: bool
    flags: int
    frame: int
    args: int | None
    place: Place
    body: list[Instruction] = field(default_factory=list)
    labels: dict[str, tuple[int, Place]] = field(default_factory=dict)
    report: Report = field(default_factory=Report)


class DataItem(NamedTuple):
    """A DATA statement: `width` bytes at `offset` of its symbol."""

    offset: int
    width: int
    value: Operand
    place: Place


@dataclass(slots=True)
class Datum:
    """All DATA and the GLOBL of one symbol; `size` is None until the GLOBL has come."""

    name: str
    static: bool
    place: Place
    flags: int = 0
    size: int | None = None
    items: list[DataItem] = field(default_factory=list)
    report: Report = field(default_factory=Report)


class Parsed(NamedTuple):
    """A file: its symbols in order. `report` holds what belongs to none of them."""

    report: Report
    routines: list[Routine]
    data: dict[tuple[str, bool], Datum]
