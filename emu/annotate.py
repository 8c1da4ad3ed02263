"""Names for addresses: stack slots, argument buffers, the program's symbols."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field

from asm.program import Program


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """`size` bytes from `address` that have a name."""

    address: int
    size: int
    name: str


@dataclass(slots=True)
class Labels:
    """Named ranges that do not overlap, and the symbols of `program` behind them."""

    program: Program | None = None
    ranges: list[Label] = field(default_factory=list)

    def add(self, address: int, size: int, name: str) -> None:
        """Gives a range its name."""
        insort(self.ranges, Label(address, size, name))

    def name(self, address: int) -> str | None:
        """`r1`, or `r1+4` inside it; None where nothing has a name."""
        index = bisect_right(self.ranges, Label(address, 1 << 64, "")) - 1
        if index >= 0:
            label = self.ranges[index]
            if address < label.address + label.size:
                return label.name + _plus(address - label.address)
        placed = self.program.symbol_at(address) if self.program else None
        return placed.symbol.name + _plus(address - placed.address) if placed else None


def _plus(offset: int) -> str:
    return f"+{offset}" if offset else ""
