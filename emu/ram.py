"""Guest RAM: one host buffer, handed out in 4 KiB frames. Kernel code reads and writes it directly."""

from __future__ import annotations

import ctypes
import mmap

PAGE = 4096


class Ram:
    """`size` bytes of physical memory from address 0, zero at first; frame 0 is never handed out.

    `view` is the bytes, `words` the same as 64-bit words. `others` counts, for a frame that several page tables
    have, how many there are besides one. The host commits a page when it is first touched, so a large RAM costs
    nothing until it is used.
    """

    def __init__(self, size: int = 64 << 20) -> None:
        self.size = size
        self.buffer = mmap.mmap(-1, size)
        self.view = memoryview(self.buffer)
        self.words = self.view.cast("Q")
        self.host_address = ctypes.addressof(ctypes.c_char.from_buffer(self.buffer))
        self.others: dict[int, int] = {}
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

    def release(self, frame: int) -> bool:
        """One user less of a frame; whether it was the last, so that the frame is free."""
        others = self.others.get(frame)
        if others is None:
            self._free.append(frame)
            return True
        if others == 1:
            del self.others[frame]
        else:
            self.others[frame] = others - 1
        return False

    @property
    def used(self) -> int:
        """How many frames are handed out."""
        return self._next // PAGE - 1 - len(self._free)
