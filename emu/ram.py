"""Guest RAM: one host buffer, handed out in 4 KiB frames. Kernel code reads and writes it directly."""

from __future__ import annotations

import ctypes
import mmap

PAGE = 4096


class Ram:
    """`size` bytes of physical memory from address 0, zero at first; frame 0 is never handed out.

    The host commits a page when it is first touched, so a large RAM costs nothing until it is used.
    """

    def __init__(self, size: int = 64 << 20) -> None:
        self.size = size
        self.buffer = mmap.mmap(-1, size)
        self.view = memoryview(self.buffer)
        self.host_address = ctypes.addressof(ctypes.c_char.from_buffer(self.buffer))
        self._next = PAGE
        self._free: list[int] = []

    def allocate(self) -> int:
        """The physical address of a zeroed frame. Raises MemoryError when RAM is full."""
        if self._free:
            frame = self._free.pop()
            self.view[frame : frame + PAGE] = bytes(PAGE)
            return frame
        if self._next >= self.size:
            raise MemoryError(f"guest RAM of {self.size >> 20} MiB is full")
        frame = self._next
        self._next += PAGE
        return frame

    def release(self, frame: int) -> None:
        """Gives a frame back."""
        self._free.append(frame)
