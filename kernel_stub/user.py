"""Guest memory as a system call's handler uses it: what can't be reached is EFAULT."""

from __future__ import annotations

from collections.abc import Sequence

from kernel_stub.cpu import MASK64, BadAddress, Memory, Readable
from kernel_stub.outcomes import Errno

PAGE = 0x1000
PATH_MAX = 4096  # with the NUL, the most that a path may have on any system


def read(memory: Readable, address: int, size: int) -> bytes:
    """Bytes from the guest. Raises Errno EFAULT."""
    try:
        return memory.copy_in(address, size)
    except BadAddress:
        raise Errno("EFAULT") from None


def write(memory: Memory, address: int, data: bytes) -> None:
    """Bytes to the guest; those before a bad one have then been written. Raises Errno EFAULT."""
    try:
        memory.copy_out(address, data)
    except BadAddress:
        raise Errno("EFAULT") from None


def string(memory: Readable, address: int, size: int) -> bytes | None:
    """A C string without its NUL, or None if there is no NUL in `size` bytes. Raises Errno EFAULT."""
    found = bytearray()
    while len(found) < size:
        piece = min(size - len(found), PAGE - (address + len(found)) % PAGE)
        data, nul, _ = read(memory, address + len(found), piece).partition(b"\0")
        found += data
        if nul:
            return bytes(found)
    return None


def path(memory: Memory, address: int, most: int = PATH_MAX) -> bytes:
    """A path of at most that many bytes with its NUL. Raises Errno EFAULT, ENAMETOOLONG, or ENOENT for an empty one."""
    found = string(memory, address, most)
    if found is None:
        raise Errno("ENAMETOOLONG")
    if not found:
        raise Errno("ENOENT")
    return found


class Scattered:
    """Several buffers as one: the addresses that `copy_in` and `copy_out` take count from the first byte.

    What readv and writev hand to a file: it moves bytes and may meet BadAddress as with one buffer.
    """

    def __init__(self, memory: Memory, buffers: Sequence[tuple[int, int]]) -> None:
        self._memory = memory
        self._buffers = buffers

    def copy_in(self, address: int, size: int) -> bytes:
        """See `cpu.Memory`."""
        parts = []
        for at, piece, done in self._pieces(address, size):
            try:
                parts.append(self._memory.copy_in(at, piece))
            except BadAddress as bad:
                raise BadAddress(address + done + (bad.address - at & MASK64)) from None
        return b"".join(parts)

    def copy_out(self, address: int, data: bytes) -> None:
        """See `cpu.Memory`."""
        for at, piece, done in self._pieces(address, len(data)):
            try:
                self._memory.copy_out(at, data[done : done + piece])
            except BadAddress as bad:
                raise BadAddress(address + done + (bad.address - at & MASK64)) from None

    def _pieces(self, start: int, size: int) -> list[tuple[int, int, int]]:
        """Address, size and place in the whole of each part of [start, start + size)."""
        pieces, position, done = [], 0, 0
        for address, length in self._buffers:
            skip = max(start - position, 0)
            piece = min(length - skip, size - done)
            if piece > 0:
                pieces.append((address + skip, piece, done))
                done += piece
            position += length
        return pieces
