"""From pieces to a routine's bytes: short jumps where they reach, padding, relocations, lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from asm.plan9.diagnostics import Report
from asm.plan9.pieces import Align, Encoded, Intel, Jump, Piece
from asm.program import LineEntry, Relocation

PASSES = 1000  # jumps only ever grow, so this is never reached

# The recommended multi-byte NOPs of Intel's manual, by length from 1.
NOPS = tuple(
    bytes.fromhex(code)
    for code in (
        "90",
        "6690",
        "0f1f00",
        "0f1f4000",
        "0f1f440000",
        "660f1f440000",
        "0f1f8000000000",
        "0f1f840000000000",
        "660f1f840000000000",
    )
)


class Code(NamedTuple):
    """A routine's bytes, with what waits for an address and where each instruction comes from."""

    data: bytearray
    relocations: list[Relocation]
    lines: list[LineEntry]


def lay_out(
    pieces: Sequence[Piece],
    starts: Sequence[int],
    encoded: Mapping[Intel, Encoded | str],
    report: Report,
) -> Code:
    """The bytes of all pieces; `starts` has the index of the first piece of each statement."""
    sizes = [_first_size(piece, encoded) for piece in pieces]
    offsets = _settle(pieces, starts, sizes)
    code = Code(bytearray(), [], [])
    for index, piece in enumerate(pieces):
        content = piece.content
        if isinstance(content, Jump):
            distance = offsets[starts[content.target]] - offsets[index + 1]
            item = Encoded(_jump(content, sizes[index], distance, piece, report))
        elif isinstance(content, Align):
            item = Encoded(_padding(sizes[index]))
        else:
            found = encoded[content] if isinstance(content, Intel) else content
            if isinstance(found, str):
                text = content.text if isinstance(content, Intel) else ""
                report.add(piece.place, f"no machine instruction is {text!r} in Intel syntax: {found}")
                continue
            item = found
        _append(code, item, piece)
    return code


def _append(code: Code, item: Encoded, piece: Piece) -> None:
    offset = len(code.data)
    if item.reference is not None:
        wait = item.reference
        length = len(item.code) if item.field == 0 else 4
        code.relocations.append(
            Relocation(offset + item.field, length, wait.target, wait.kind, wait.addend)
        )
    code.data.extend(item.code)
    if item.code:
        code.lines.append(LineEntry(offset, len(item.code), piece.place.source_line()))


def _first_size(piece: Piece, encoded: Mapping[Intel, Encoded | str]) -> int:
    content = piece.content
    if isinstance(content, Jump):
        return len(content.short) + 1
    if isinstance(content, Align):
        return 0
    found = encoded[content] if isinstance(content, Intel) else content
    return 0 if isinstance(found, str) else len(found.code)


def _settle(pieces: Sequence[Piece], starts: Sequence[int], sizes: list[int]) -> list[int]:
    """Grow the jumps that don't reach until none grows; `sizes` is changed. Offsets, with the end's."""
    for _ in range(PASSES):
        offsets = _offsets(pieces, sizes)
        grown = False
        for index, piece in enumerate(pieces):
            jump = piece.content
            if not isinstance(jump, Jump) or jump.long is None or sizes[index] > len(jump.short) + 1:
                continue
            distance = offsets[starts[jump.target]] - offsets[index + 1]
            if not -128 <= distance <= 127:
                sizes[index] = len(jump.long) + 4
                grown = True
        if not grown:
            break
    return _offsets(pieces, sizes)


def _offsets(pieces: Sequence[Piece], sizes: list[int]) -> list[int]:
    offsets = [0]
    for index, piece in enumerate(pieces):
        if isinstance(piece.content, Align):
            sizes[index] = -offsets[-1] % piece.content.to
        offsets.append(offsets[-1] + sizes[index])
    return offsets


def _jump(jump: Jump, size: int, distance: int, piece: Piece, report: Report) -> bytes:
    if jump.long is not None and size > len(jump.short) + 1:
        return jump.long + (distance & 0xFFFFFFFF).to_bytes(4, "little")
    if not -128 <= distance <= 127:
        report.add(piece.place, f"this jump only reaches 128 bytes; its target is {distance} bytes away")
    return jump.short + bytes([distance & 0xFF])


def _padding(size: int) -> bytes:
    longest = len(NOPS)
    whole, rest = divmod(size, longest)
    return NOPS[-1] * whole + (NOPS[rest - 1] if rest else b"")
