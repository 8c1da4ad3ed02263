"""What the assembler makes: objects with relocations, and the Program that links them.

The front ends (plan9, intel, gas) each turn one source file into an `Object`; `asm.linker` places
the objects' symbols in memory and resolves their relocations, which gives a `Program`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from os import PathLike
from typing import NamedTuple


class SourceLine(NamedTuple):
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


class Relocation(NamedTuple):
    """A field of a symbol's bytes that waits for an address.

    `offset` counts bytes from the symbol's start; `length` is 4 or 8. For PCREL the addend already
    contains what lies between the field and the end of its instruction (-4 for a plain CALL).
    """

    offset: int
    length: int
    target: str
    kind: RelocationKind
    addend: int


class LineEntry(NamedTuple):
    """`size` bytes from `offset` in a symbol come from `source` (one machine instruction or datum each)."""

    offset: int
    size: int
    source: SourceLine


class Slot(NamedTuple):
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
    near: list[str] = field(default_factory=list)  # what it refers to without a relocation, and runs on into


@dataclass(slots=True)
class Object:
    """One assembled source file. `references` says where each undefined name is first used.

    Of a `rigid` one the distances between symbols of a kind are already filled in: all stay where they are.
    The linker places the symbols of one kind in the order of the list, with nothing but alignment
    between them: code may fall through from one into the next.
    """

    file: str
    symbols: list[Symbol] = field(default_factory=list)
    references: dict[str, SourceLine] = field(default_factory=dict)
    rigid: bool = False


class Segment(NamedTuple):
    """A contiguous run of memory with one protection. `data` shorter than `size` is filled with zeros."""

    address: int
    data: bytes
    size: int
    writable: bool
    executable: bool


class PlacedSymbol(NamedTuple):
    """A symbol at its address."""

    address: int
    symbol: Symbol


class SymbolNotFound(LookupError):
    """No symbol goes by the name a user typed; `close` holds names that look like it."""

    def __init__(self, name: str, close: list[str]) -> None:
        hint = f"; close to it: {', '.join(close)}" if close else ""
        super().__init__(f"no symbol {name!r}{hint}")
        self.name, self.close = name, close


class AmbiguousSymbol(LookupError):
    """Several symbols go by the name a user typed; `candidates` holds their full names."""

    def __init__(self, name: str, candidates: list[str]) -> None:
        super().__init__(f"{name!r} may mean {', '.join(candidates)}")
        self.name, self.candidates = name, candidates


def linker_name(typed: str) -> str:
    """A symbol's name as the linker knows it: Go writes `·` for the dot and `∕` for the slash."""
    return typed.replace("·", ".").replace("∕", "/")


class Program:
    """Linked machine code: segments, symbols by name, and the way back from address to source line.

    `symbols` has one entry a name; where file-local symbols share one, a symbol visible everywhere
    comes first, then the lowest address. Iterate over the program to see every symbol.
    `unresolved` names what `link(..., allow_undefined=True)` left open: those fields stay as assembled.
    """

    def __init__(
        self,
        segments: list[Segment],
        placed: list[PlacedSymbol],
        entry: int | None,
        unresolved: tuple[str, ...] = (),
    ) -> None:
        self.segments = segments
        self.entry = entry
        self.unresolved = unresolved
        self._placed = sorted(placed, key=lambda p: p.address)
        self._starts = [p.address for p in self._placed]
        by_precedence = sorted(self._placed, key=lambda p: p.symbol.static)
        self.symbols: Mapping[str, PlacedSymbol] = {p.symbol.name: p for p in reversed(by_precedence)}
        self._lines: dict[int, SourceLine] = {
            p.address + line.offset: line.source for p in self._placed for line in p.symbol.lines
        }

    def __iter__(self) -> Iterator[PlacedSymbol]:
        """The symbols in address order."""
        return iter(self._placed)

    def find(self, typed: str) -> PlacedSymbol:
        """The symbol a user means: its full name, or what follows a dot or a slash in exactly one name.

        `runtime·write1`, `runtime.write1`, `·write1` and `write1` all find runtime.write1. Raises
        SymbolNotFound (with close matches) or AmbiguousSymbol (with the candidates).
        """
        name = linker_name(typed.strip())
        suffix = name.lstrip("./")
        for wanted in (name, suffix):
            if wanted in self.symbols:
                return self.symbols[wanted]
        ends = (f".{suffix}", f"/{suffix}")
        found = [placed for placed in self._placed if suffix and placed.symbol.name.endswith(ends)]
        if not found:
            raise SymbolNotFound(typed, self._close_to(suffix))
        if len(found) > 1:
            raise AmbiguousSymbol(typed, [f"{p.symbol.name} ({p.symbol.source.file})" for p in found])
        return found[0]

    def _close_to(self, name: str) -> list[str]:
        """At most five names that look like `name`, whole or by their last part, the likeliest first."""
        from difflib import SequenceMatcher

        wanted = name.lower()
        score: dict[str, float] = {}
        for full in self.symbols:
            parts = {full.lower(), full.rpartition(".")[2].lower()}
            score[full] = max(SequenceMatcher(None, wanted, part).ratio() for part in parts)
        likely = sorted((full for full in score if score[full] >= 0.6), key=lambda full: -score[full])
        return likely[:5]

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

    def read(self, address: int, size: int) -> bytes:
        """Bytes as linked. Raises ValueError where the range is not inside one segment."""
        for segment in self.segments:
            if segment.address <= address and address + size <= segment.address + segment.size:
                start = address - segment.address
                return segment.data[start : start + size].ljust(size, b"\0")
        raise ValueError(f"{address:#x}..{address + size:#x} lies in no segment")

    def write_elf(self, path: str | PathLike[str]) -> None:
        """Write the program as an ELF64 executable that runs on Linux; see `asm.elf.write`."""
        from asm.elf import write

        write(self, path)
