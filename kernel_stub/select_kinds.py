"""Argument kinds of select: sets of descriptors, `[0 3]`, and the result with what was ready, `1 (in [3])`."""

from __future__ import annotations

from dataclasses import dataclass

from kernel_stub.cpu import Memory
from kernel_stub.kinds import Kind, Values, peek, pointer_text
from kernel_stub.layout import Layout
from kernel_stub.struct_kinds import spell

FD_SET_SIZE = 128  # bytes of a C library's fd_set: descriptors beyond it aren't shown
LABELS = ("in", "out", "except")


def members_text(data: bytes, count: int) -> str:
    """The descriptors below `count` in a set."""
    bits = int.from_bytes(data, "little") & (1 << min(count, 8 * len(data))) - 1
    return "[" + " ".join(str(fd) for fd in range(bits.bit_length()) if bits >> fd & 1) + "]"


@dataclass(frozen=True, slots=True)
class FdSet(Kind):
    """A set of descriptors below the argument that `count` names; shown as it was asked for."""

    count: str = "n"

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return members_text(data, values[self.count]) if value and data else pointer_text(value)

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        size = min(-(-values[self.count] // 8), FD_SET_SIZE)
        return peek(memory, value, size, size) if value and size > 0 else None


@dataclass(frozen=True, slots=True)
class SelectResult(Kind):
    """How many descriptors are ready, and which; `left` is the struct of the time that is left, if that is told.

    `count`, `sets` and `timeout` name the arguments.
    """

    count: str = "n"
    sets: tuple[str, ...] = ()
    timeout: str = ""
    left: Layout | None = None

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if value <= 0 or data is None:
            return "0 (Timeout)" if value == 0 else str(value)
        pieces = []
        for index, (label, name) in enumerate(zip(LABELS, self.sets, strict=True)):
            members = members_text(data[index * FD_SET_SIZE : (index + 1) * FD_SET_SIZE], values[self.count])
            if values[name] and members != "[]":
                pieces.append(f"{label} {members}")
        time = data[len(self.sets) * FD_SET_SIZE :]
        if time and self.left is not None:
            pieces.append(f"left {spell(self.left, time)}")
        return f"{value} ({', '.join(pieces)})"

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        size = min(-(-values[self.count] // 8), FD_SET_SIZE)
        sets = (peek(memory, values[name], size, size) if values[name] else None for name in self.sets)
        time = left_bytes(memory, self.left, values.get(self.timeout, 0))
        return b"".join((data or b"").ljust(FD_SET_SIZE, b"\0") for data in sets) + time


def left_bytes(memory: Memory, left: Layout | None, address: int) -> bytes:
    """The struct with the time that is left, or nothing."""
    if left is None or not address:
        return b""
    return peek(memory, address, left.size, left.size) or b""
