"""What the assembler makes: objects with relocations, and the Program that links them.

The front ends (plan9, intel, gas) each turn one source file into an `Object`; `asm.linker` places
the objects' symbols in memory and resolves their relocations, which gives a `Program`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a source file: its path as given, its number from 1, and its text without newline."""

    file: str
    line: int
    text: str


class SymbolKind(Enum):
    """Which segment a symbol goes to."""

    TEXT = "text"
    RODATA = "rodata"
    DATA = "data"
    BSS = "bss"


class RelocationKind(Enum):
    """How the linker fills a field: S is the target's address, A the addend, P the field's own address."""

    PCREL = "pcrel"  # S + A - P, signed 32 bit
    ABSOLUTE = "absolute"  # S + A, 4 or 8 bytes
    TLS = "tls"  # offset of the thread's slot from FS: a constant of the system


@dataclass(frozen=True, slots=True)
class Relocation:
    """A field of a symbol's bytes that waits for an address.

    `offset` counts bytes from the symbol's start; `length` is 4 or 8. For PCREL the addend already
    contains what lies between the field and the end of its instruction (-4 for a plain CALL).
    """

    offset: int
    length: int
    target: str
    kind: RelocationKind
    addend: int


@dataclass(frozen=True, slots=True)
class LineEntry:
    """`size` bytes from `offset` in a symbol come from `source` (one machine instruction or datum each)."""

    offset: int
    size: int
    source: SourceLine


@dataclass(frozen=True, slots=True)
class Slot:
    """A named stack slot that a routine refers to as `name+offset(FP)`: an argument or a result.

    `offset` counts from the first argument, which lies above the return address; `size` is the
    widest operand that touched it, in bytes; read slots are arguments, written ones results.
    """

    name: str
    offset: int
    size: int
    read: bool
    written: bool


@dataclass(slots=True)
class Symbol:
    """A routine or a datum as assembled: position-independent bytes and what still has to be filled in."""

    name: str  # as the linker knows it: middle dots are dots
    kind: SymbolKind
    data: bytes  # shorter than size: the rest is zero
    size: int
    source: SourceLine  # where it is defined
    align: int = 1
    static: bool = False  # `name<>`: visible in its own file only
    duplicates_ok: bool = False  # DUPOK: the first definition wins
    frame: int = 0  # bytes of locals the prologue makes (0 for data)
    args: int | None = None  # bytes of arguments and results, where the TEXT line says so
    relocations: list[Relocation] = field(default_factory=list)
    lines: list[LineEntry] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)


@dataclass(slots=True)
class Object:
    """One assembled source file. `references` says where each undefined name is first used."""

    file: str
    symbols: list[Symbol] = field(default_factory=list)
    references: dict[str, SourceLine] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Segment:
    """A contiguous run of memory with one protection. `data` shorter than `size` is filled with zeros."""

    address: int
    data: bytes
    size: int
    writable: bool
    executable: bool


@dataclass(frozen=True, slots=True)
class PlacedSymbol:
    """A symbol at its address."""

    address: int
    symbol: Symbol


class Program:
    """Linked machine code: segments, symbols by name, and the way back from address to source line."""

    def __init__(self, segments: list[Segment], placed: list[PlacedSymbol], entry: int | None) -> None:
        self.segments = segments
        self.entry = entry
        self._placed = sorted(placed, key=lambda p: p.address)
        self._starts = [p.address for p in self._placed]
        self.symbols: Mapping[str, PlacedSymbol] = {p.symbol.name: p for p in self._placed}
        self._lines: dict[int, SourceLine] = {
            p.address + line.offset: line.source for p in self._placed for line in p.symbol.lines
        }

    def __iter__(self) -> Iterator[PlacedSymbol]:
        """The symbols in address order."""
        return iter(self._placed)

    def symbol_at(self, address: int) -> PlacedSymbol | None:
        """The symbol whose bytes hold the address, or None."""
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        placed = self._placed[index]
        return placed if address < placed.address + placed.symbol.size else None

    def line_at(self, address: int) -> SourceLine | None:
        """The source line of the instruction that starts at the address, or None."""
        return self._lines.get(address)
