"""Listings: address, bytes and source line of everything that was assembled, as text or as data.

Objects are listed as assembled, at the addresses that linking them gives: a field that the linker
fills is still zero and its target is noted. A Program is listed with the bytes that the linker made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from asm.linker import link
from asm.program import Object, PlacedSymbol, Program, SourceLine, Symbol, SymbolKind

BYTES_PER_ROW = 8
_BYTES_WIDTH = 3 * BYTES_PER_ROW - 1
_TAB = 8


@dataclass(frozen=True, slots=True)
class _Row:
    """Bytes from `offset` in a symbol and the line that they come from, if any does."""

    offset: int
    size: int
    source: SourceLine | None


def text(of: Program | Iterable[Object]) -> str:
    """The listing as text: a heading for each symbol, then a row for each instruction or datum.

    A row has the address, the bytes (8 a row, more of them on rows below), line number and text of
    the source, and `-> target` for each field that the linker fills. Raises AssemblyErrors where
    objects can't be placed together.
    """
    program, assembled = _program(of)
    width = len(f"{max((p.address + p.symbol.size for p in program), default=0):x}")
    parts = [_symbol_text(program, placed, assembled, width) for placed in program]
    return "\n\n".join(parts) + "\n" if parts else ""


def as_json(of: Program | Iterable[Object]) -> dict[str, Any]:
    """The listing as plain data, ready for json:
    `{"symbols": {name: {"address", "size", "bytes" (hex), "relocations": [[offset, length, target], ...]}}}`.

    Bytes are whole (zeros of data included, though not those of BSS symbols, which have none). All
    references are listed, also those inside the file. A second symbol of one name (a static one of
    another file) goes by `name (file:line)`.
    """
    program, assembled = _program(of)
    symbols: dict[str, Any] = {}
    for placed in program:
        symbol = placed.symbol
        name = symbol.name
        if name in symbols:
            name = f"{name} ({symbol.source.file}:{symbol.source.line})"
        symbols[name] = {
            "address": placed.address,
            "size": symbol.size,
            "bytes": _bytes(program, placed, assembled).hex(),
            "relocations": [[r.offset, r.length, r.target] for r in _in_order(symbol)],
        }
    return {"symbols": symbols}


def _program(of: Program | Iterable[Object]) -> tuple[Program, bool]:
    """The placed symbols, and whether to show their bytes as assembled."""
    if isinstance(of, Program):
        return of, False
    return link(of, allow_undefined=True), True


def _bytes(program: Program, placed: PlacedSymbol, assembled: bool) -> bytes:
    symbol = placed.symbol
    if symbol.kind is SymbolKind.BSS:
        return b""
    if not assembled and symbol.size:
        return program.read(placed.address, symbol.size)
    return symbol.data.ljust(symbol.size, b"\0")


def _in_order(symbol: Symbol) -> list[Any]:
    return sorted(symbol.relocations, key=lambda relocation: relocation.offset)


def _symbol_text(program: Program, placed: PlacedSymbol, assembled: bool, width: int) -> str:
    data = _bytes(program, placed, assembled)
    lines = [_heading(placed.symbol)]
    before: SourceLine | None = None
    for row in _rows(placed.symbol, len(data)):
        lines += _row_text(placed, row, data, width, shows_source=row.source != before)
        before = row.source
    return "\n".join(lines)


def _heading(symbol: Symbol) -> str:
    details = [symbol.kind.value, f"{symbol.size} byte{'s'[: symbol.size != 1]}"]
    if symbol.frame:
        details.append(f"frame {symbol.frame}")
    if symbol.args is not None:
        details.append(f"arguments {symbol.args}")
    if symbol.static:
        details.append("static")
    return f"{symbol.name}: {', '.join(details)} ({symbol.source.file}:{symbol.source.line})"


def _rows(symbol: Symbol, size: int) -> Iterator[_Row]:
    """The symbol's bytes in order, cut where the source changes; data of one line stays in one piece."""
    at = 0
    pending: _Row | None = None
    for entry in sorted(symbol.lines, key=lambda line: line.offset):
        if entry.offset > at:
            yield from _flush(pending)
            pending = None
            yield _Row(at, entry.offset - at, None)
        merges = symbol.kind is not SymbolKind.TEXT and pending and pending.source == entry.source
        if pending and merges:
            pending = _Row(pending.offset, pending.size + entry.size, entry.source)
        else:
            yield from _flush(pending)
            pending = _Row(entry.offset, entry.size, entry.source)
        at = entry.offset + entry.size
    yield from _flush(pending)
    if at < size:
        yield _Row(at, size - at, None)


def _flush(row: _Row | None) -> Iterator[_Row]:
    if row is not None and row.size:
        yield row


def _row_text(
    placed: PlacedSymbol, row: _Row, data: bytes, width: int, shows_source: bool
) -> Iterator[str]:
    content = data[row.offset : row.offset + row.size]
    notes = [
        f"-> {r.target}" for r in _in_order(placed.symbol) if row.offset <= r.offset < row.offset + row.size
    ]
    source = row.source if shows_source else None
    number = str(source.line) if source else ""
    shown = source.text.strip().expandtabs(_TAB) if source else ""
    if row.size > 2 * BYTES_PER_ROW and not any(content):
        cells = [f"00 * {row.size}"]
    else:
        cells = [content[i : i + BYTES_PER_ROW].hex(" ") for i in range(0, row.size, BYTES_PER_ROW)]
    for index, cell in enumerate(cells):
        address = placed.address + row.offset + index * BYTES_PER_ROW
        line = f"  {address:0{width}x}  {cell:{_BYTES_WIDTH}}"
        if index == 0:
            line += f"  {number:>5}  {shown}"
            line = "  ".join([line.rstrip(), *notes]) if notes else line
        yield line.rstrip()
