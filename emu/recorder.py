"""Registers before every instruction, and the memory it touched, kept by the native callbacks."""

from __future__ import annotations

import ctypes

from emu import native
from emu.cpu import Cpu, Stop
from emu.engine import RECORDED

WIDTH = len(RECORDED)
_ROW_BYTES = 8 * WIDTH
_SLACK = 1024  # accesses that one instruction may make at most: an XSAVE writes 80 words


class Recorder:
    """Buffers for up to `capacity` instructions; each `run` starts anew.

    A row is the registers before an instruction, `WIDTH` words in the order of emu.engine.RECORDED. With
    `memory`, `accesses` holds what was read and written, in order.
    """

    def __init__(self, capacity: int = 4096, *, memory: bool = False) -> None:
        self.capacity = capacity
        self._rows = (ctypes.c_uint64 * (WIDTH * (capacity + 1)))()
        self._accesses = (native.Access * (1 + 4 * capacity + _SLACK))() if memory else None  # the first stays 0
        self._words = memoryview(self._rows).cast("B").cast("Q")
        self._used = 0
        self._cpu: Cpu | None = None
        self.first = 0

    @property
    def count(self) -> int:
        """Instructions in `rows`: those that retired since `run` began."""
        return self._cpu.retired - self.first if self._cpu else 0

    @property
    def rows(self) -> memoryview:
        """The registers before each instruction, as unsigned 64-bit words."""
        return self._words[: self.count * WIDTH]

    @property
    def accesses(self) -> list[native.Access]:
        """Accesses of the instructions; `count` - `first` of an access is its instruction's number, from 1."""
        return [] if self._accesses is None else self._accesses[1 : 1 + self._used]

    def run(self, cpu: Cpu, budget: int) -> Stop:
        """Runs and records at most `capacity` or `budget` instructions; LIMIT may come earlier."""
        data = cpu.data
        start = 0
        if self._accesses is not None:
            cpu.engine.record_accesses()
            data.access = start = ctypes.addressof(self._accesses) + ctypes.sizeof(native.Access)
            data.access_end = start + 4 * self.capacity * ctypes.sizeof(native.Access)
        self._cpu, self.first = cpu, cpu.retired
        data.row = ctypes.addressof(self._rows)
        try:
            stop = cpu.run(min(budget, self.capacity))
        finally:
            self._used = (data.access - start) // ctypes.sizeof(native.Access)
            data.row = data.access = 0
        return stop
