"""Linking: the objects' symbols get addresses, and their relocations get filled in.

Text, rodata, data and bss become one segment each, in this order, on pages of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from asm.errors import AssemblyError, AssemblyErrors
from asm.program import (
    Object,
    PlacedSymbol,
    Program,
    Relocation,
    RelocationKind,
    Segment,
    SourceLine,
    Symbol,
    SymbolKind,
    linker_name,
)

PAGE = 4096
TEXT_PADDING = 0xCC  # INT3 between routines, as Go's linker fills it: a runaway PC stops there
# Where Go's Linux ELF programs without libc keep g: 8 bytes below the FS base (R_TLS_LE).
TLS_OFFSET = -8
ENTRY_NAMES = ("_start", "_rt0_amd64_linux", "_rt0_amd64_darwin")


def link(
    objects: Iterable[Object],
    *,
    base: int = 0x400000,
    entry: str | None = None,
    allow_undefined: bool = False,
) -> Program:
    """Place the objects from `base` (page-aligned) on and resolve their references.

    `entry` is looked up as `Program.find` does; without it the entry is that of ENTRY_NAMES or the first
    text symbol, whichever exists. Raises AssemblyErrors with everything that is wrong: duplicates,
    undefined symbols (unless `allow_undefined`: their fields then stay as assembled), addresses that
    don't fit their field. Raises LookupError for an unknown `entry`.
    """
    if base % PAGE:
        raise ValueError(f"base {base:#x} is not a multiple of the page size")
    linking = _Linking(list(objects))
    linking.collect()
    linking.place(base)
    linking.resolve(allow_undefined)
    if linking.errors:
        raise AssemblyErrors(linking.errors)
    program = Program(linking.segments(), linking.placed, None, tuple(linking.undefined))
    program.entry = _entry(program, entry)
    return program


def _entry(program: Program, name: str | None) -> int | None:
    if name is not None:
        return program.find(name).address
    for usual in ENTRY_NAMES:
        if usual in program.symbols:
            return program.symbols[usual].address
    texts = (placed.address for placed in program if placed.symbol.kind is SymbolKind.TEXT)
    return next(texts, None)


@dataclass(slots=True)
class _Placed:
    """A symbol on its way into the program: which file's names it sees, its address, its bytes."""

    owner: int  # index of its object
    symbol: Symbol
    address: int
    data: bytearray


@dataclass(slots=True)
class _SegmentPlan:
    kind: SymbolKind
    address: int
    size: int


class _Linking:
    def __init__(self, objects: Sequence[Object]) -> None:
        self.objects = objects
        self.errors: list[AssemblyError] = []
        self.undefined: dict[str, SourceLine] = {}
        self._kept: list[tuple[int, Symbol]] = []
        self._placed: list[_Placed] = []
        self._plans: list[_SegmentPlan] = []
        self._global: dict[str, int] = {}
        self._local: list[dict[str, int]] = [{} for _ in objects]

    def collect(self) -> None:
        """Choose the symbols that stay: one definition a name, within a file or everywhere."""
        everywhere: dict[str, Symbol] = {}
        for owner, unit in enumerate(self.objects):
            here: dict[str, Symbol] = {}
            for symbol in unit.symbols:
                scope = here if symbol.static else everywhere
                first = scope.get(symbol.name)
                if first is None:
                    scope[symbol.name] = symbol
                    self._kept.append((owner, symbol))
                elif not (first.duplicates_ok or symbol.duplicates_ok):
                    self._duplicate(symbol, first)

    def _duplicate(self, symbol: Symbol, first: Symbol) -> None:
        before = f"{first.source.file}:{first.source.line}"
        self._complain(symbol.source, symbol.name, f"{symbol.name} is already defined at {before}")

    def place(self, base: int) -> None:
        """Give every symbol its address; kinds in the order of SymbolKind, each on pages of its own."""
        address = base
        for kind in SymbolKind:
            start = address
            for owner, symbol in self._kept:
                if symbol.kind is kind:
                    address = _round_up(address, max(symbol.align, 1))
                    self._add(owner, symbol, address)
                    address += symbol.size
            if address > start:
                self._plans.append(_SegmentPlan(kind, start, address - start))
            address = _round_up(address, PAGE)

    def _add(self, owner: int, symbol: Symbol, address: int) -> None:
        scope = self._local[owner] if symbol.static else self._global
        scope[symbol.name] = address
        data = bytearray(symbol.data.ljust(symbol.size, b"\0")) if symbol.data else bytearray()
        self._placed.append(_Placed(owner, symbol, address, data))

    @property
    def placed(self) -> list[PlacedSymbol]:
        return [PlacedSymbol(placed.address, placed.symbol) for placed in self._placed]

    def resolve(self, allow_undefined: bool) -> None:
        """Fill in every relocated field; collect what is undefined or doesn't fit."""
        for placed in self._placed:
            for relocation in placed.symbol.relocations:
                self._fill(placed, relocation)
        if not allow_undefined:
            for name, source in self.undefined.items():
                self._complain(source, name, f"undefined symbol {name}")

    def _fill(self, placed: _Placed, relocation: Relocation) -> None:
        if relocation.kind is RelocationKind.TLS:
            value = TLS_OFFSET + relocation.addend
        else:
            target = self._address_of(placed.owner, relocation.target)
            if target is None:
                self._note_undefined(placed, relocation)
                return
            value = target + relocation.addend
            if relocation.kind is RelocationKind.PCREL:
                value -= placed.address + relocation.offset
        if not _fits(value, relocation):
            message = f"{relocation.target} is out of reach: {value:#x} doesn't fit {relocation.length} bytes"
            self._complain(_line_of(placed.symbol, relocation.offset), relocation.target, message)
            return
        field = (value & ((1 << 8 * relocation.length) - 1)).to_bytes(relocation.length, "little")
        if not placed.data:
            placed.data = bytearray(placed.symbol.size)
        placed.data[relocation.offset : relocation.offset + relocation.length] = field

    def _address_of(self, owner: int, name: str) -> int | None:
        local = self._local[owner].get(name)
        return self._global.get(name) if local is None else local

    def _note_undefined(self, placed: _Placed, relocation: Relocation) -> None:
        name = relocation.target
        if name not in self.undefined:
            recorded = self.objects[placed.owner].references.get(name)
            self.undefined[name] = recorded or _line_of(placed.symbol, relocation.offset)

    def _complain(self, source: SourceLine, name: str, message: str) -> None:
        column = _column_of(name, source.text)
        self.errors.append(AssemblyError(source.file, source.line, column, message, source.text))

    def segments(self) -> list[Segment]:
        return [self._segment(plan) for plan in self._plans]

    def _segment(self, plan: _SegmentPlan) -> Segment:
        executable = plan.kind is SymbolKind.TEXT
        writable = plan.kind in (SymbolKind.DATA, SymbolKind.BSS)
        data = bytearray()
        if plan.kind is not SymbolKind.BSS:
            data = bytearray([TEXT_PADDING if executable else 0]) * plan.size
            for placed in self._placed:
                if placed.symbol.kind is plan.kind:
                    start = placed.address - plan.address
                    data[start : start + placed.symbol.size] = placed.data.ljust(placed.symbol.size, b"\0")
        return Segment(plan.address, bytes(data), plan.size, writable, executable)


def _round_up(value: int, to: int) -> int:
    return -(-value // to) * to


def _fits(value: int, relocation: Relocation) -> bool:
    """A PC-relative field is signed; an absolute one may hold its value with or without a sign."""
    bits = 8 * relocation.length
    top = 1 << (bits - 1 if relocation.kind is RelocationKind.PCREL else bits)
    return -(1 << (bits - 1)) <= value < top


def _line_of(symbol: Symbol, offset: int) -> SourceLine:
    """The line that made the byte at `offset`, or where the symbol is defined."""
    for line in symbol.lines:
        if line.offset <= offset < line.offset + line.size:
            return line.source
    return symbol.source


def _column_of(name: str, text: str) -> int:
    """Where the name stands in a source line, in whatever spelling; 1 when it stands nowhere as such."""
    plain = linker_name(text)
    for spelling in _spellings(name):
        at = plain.find(spelling)
        if at >= 0:
            return at + 1
    return len(text) - len(text.lstrip()) + 1


def _spellings(name: str) -> Iterator[str]:
    """The name in full, then without its package, as `·name` leaves it out."""
    yield name
    yield "." + name.rpartition(".")[2]
    yield name.rpartition(".")[2]
