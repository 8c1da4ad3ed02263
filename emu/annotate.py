"""Names for addresses: the fields of signal frames, stack slots, argument buffers, the program's symbols."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import NamedTuple

from asm.program import Program
from kernel_stub.events import Event, FramePiece, ProcessCreated, ProcessSwitched, SignalDelivered, SignalReturned


class Label(NamedTuple):
    """`size` bytes from `address` that have a name."""

    address: int
    size: int
    name: str


@dataclass(slots=True)
class Labels:
    """Named ranges that do not overlap, and the symbols of `program` behind them.

    The frames of handlers that run now come before both, the newest first; each process has its own.
    """

    program: Program | None = None
    ranges: list[Label] = field(default_factory=list)
    frames: list[tuple[FramePiece, ...]] = field(default_factory=list)
    others: dict[int, list[tuple[FramePiece, ...]]] = field(default_factory=dict)  # of processes that don't run

    def add(self, address: int, size: int, name: str) -> None:
        """Gives a range its name."""
        insort(self.ranges, Label(address, size, name))

    def saw(self, event: Event) -> None:
        """Keeps up with the run: a handler's frame has names from its delivery until it is taken back."""
        if isinstance(event, SignalDelivered):
            self.frames.append(event.pieces)
        elif isinstance(event, SignalReturned) and event.pieces:
            taken = event.pieces[0].address
            self.frames = [frame for frame in self.frames if not _holds(frame, taken)]
        elif isinstance(event, ProcessCreated):
            self.others[event.pid] = list(self.frames)
        elif isinstance(event, ProcessSwitched):
            self.others[event.old] = self.frames
            self.frames = self.others.pop(event.new, [])

    def name(self, address: int) -> str | None:
        """`r1`, or `r1+4` inside it; `uc_mcontext.rip`; None where nothing has a name."""
        for frame in reversed(self.frames):
            for piece in frame:
                if piece.address <= address < piece.address + len(piece.data):
                    return _field(piece, address - piece.address)
        index = bisect_right(self.ranges, Label(address, 1 << 64, "")) - 1
        if index >= 0:
            label = self.ranges[index]
            if address < label.address + label.size:
                return label.name + _plus(address - label.address)
        placed = self.program.symbol_at(address) if self.program else None
        return placed.symbol.name + _plus(address - placed.address) if placed else None


def _holds(frame: tuple[FramePiece, ...], address: int) -> bool:
    return any(piece.address <= address < piece.address + len(piece.data) for piece in frame)


def _field(piece: FramePiece, offset: int) -> str:
    """The field of a frame's struct that holds a byte; between fields, how far behind the struct's start."""
    for path, placed in piece.layout.fields.items():
        if placed.offset <= offset < placed.offset + placed.size:
            return path + _plus(offset - placed.offset)
    return piece.layout.name + _plus(offset)


def _plus(offset: int) -> str:
    return f"+{offset}" if offset else ""
