"""DATA and GLOBL to symbols."""

from __future__ import annotations

import struct
from collections.abc import Callable

from asm.plan9.diagnostics import Mistake
from asm.plan9.operands import Address, Global, Immediate, Real, Text
from asm.plan9.statements import DataItem, Datum
from asm.program import LineEntry, Relocation, RelocationKind, Symbol, SymbolKind

DUPOK = 2
RODATA = 8
TLSBSS = 256
SCALAR = {4: "<f", 8: "<d"}
LARGEST = 1 << 26  # bytes of one symbol: a typing error must not take the host's memory


def build_datum(datum: Datum, name: str, symbol: Callable[[Global], str]) -> Symbol:
    """The symbol of a GLOBL with its DATA. Mistakes go to the datum's report."""
    report = datum.report
    if datum.size is None:
        report.add(datum.place, f"DATA for {datum.name}, which has no GLOBL")
    if datum.flags & TLSBSS:
        report.add(datum.place, "TLSBSS is not supported")
    size = datum.size or 0
    if size > LARGEST:
        report.add(datum.place, f"{datum.name} is {size} bytes; {LARGEST} is the most")
        size = 0
    built = Symbol(
        name,
        _kind(datum),
        b"",
        size,
        datum.place.source_line(),
        align=_alignment(size),
        static=datum.static,
        duplicates_ok=bool(datum.flags & DUPOK),
    )
    if datum.items:
        _fill(built, datum, symbol)
    return built


def _fill(built: Symbol, datum: Datum, symbol: Callable[[Global], str]) -> None:
    """The bytes of all DATA, zero between."""
    data = bytearray(built.size)
    end = 0
    for item in sorted(datum.items, key=lambda item: item.offset):
        try:
            if item.offset < end:
                raise Mistake(item.place, f"overlapping DATA for {datum.name}")
            if datum.size is not None and not 0 <= item.offset <= built.size - item.width:
                raise Mistake(item.place, f"DATA goes past the {built.size} bytes of {datum.name}")
            end = item.offset + item.width
            data[item.offset : end] = _content(item, built, symbol)
            built.lines.append(LineEntry(item.offset, item.width, item.place.source_line()))
        except Mistake as mistake:
            datum.report.record(mistake)
    built.data = bytes(data)


def _kind(datum: Datum) -> SymbolKind:
    if datum.flags & RODATA:
        return SymbolKind.RODATA
    return SymbolKind.DATA if datum.items else SymbolKind.BSS


def _alignment(size: int) -> int:
    """As Go's linker aligns data: by the largest power of two that divides the size, 32 at most."""
    if size == 0:
        return 1
    alignment = 32
    while size % alignment:
        alignment //= 2
    return alignment


def _content(item: DataItem, built: Symbol, symbol: Callable[[Global], str]) -> bytes:
    value, width = item.value, item.width
    if isinstance(value, Immediate):
        if not -(1 << (8 * width - 1)) <= value.value < 1 << 8 * width:
            raise Mistake(value.place, f"{value.value:#x} does not fit in {width} bytes")
        return (value.value & ((1 << 8 * width) - 1)).to_bytes(width, "little")
    if isinstance(value, Text):
        if len(value.value) > width:
            raise Mistake(value.place, f"this string has {len(value.value)} bytes, more than {width}")
        return value.value.ljust(width, b"\0")
    if isinstance(value, Real) and width in SCALAR:
        try:
            return struct.pack(SCALAR[width], value.value)
        except OverflowError:
            raise Mistake(value.place, f"{value.value} does not fit in {width} bytes") from None
    if isinstance(value, Address) and isinstance(value.of, Global) and width == 8:
        target = value.of
        built.relocations.append(
            Relocation(item.offset, 8, symbol(target), RelocationKind.ABSOLUTE, target.offset)
        )
        return bytes(8)
    raise Mistake(value.place, f"this can't be a DATA value of {width} bytes")
