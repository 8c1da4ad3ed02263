"""Where guest code can unmask an exception or turn alignment checking on, found once, when the code appears.

The engine gives no sign of it, and to look at MXCSR, the FPU's control word and RFLAGS behind every instruction
would cost too much. So whatever bytes in executable pages can begin one of these instructions have their bit set
in a map that the native callback looks into; while there are none, it does not even do that. An address with a
bit whose instruction turns out to be another (24 bits of it make the index) costs one look and no more.

Code that a program writes into a page which it may write and execute at once is not seen.
"""

from __future__ import annotations

import ctypes
import mmap
import re
from collections.abc import Iterable
from typing import Protocol

from emu.ram import PAGE

_BITS = 24
_SPAN = 16  # bytes of a neighbouring page that an instruction may reach into
_PREFIXES = frozenset((0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3, *range(0x40, 0x50)))


def _memory_operand(*digits: int) -> bytes:
    """A character class: ModRM bytes of a memory operand with one of these opcode extensions."""
    modrm = (mode << 6 | digit << 3 | base for mode in range(3) for digit in digits for base in range(8))
    return b"[" + b"".join(rb"\x%02x" % byte for byte in modrm) + b"]"


_FOUND = re.compile(
    rb"[\x9d\xcf]"  # POPF, IRET
    rb"|\xd9(?=" + _memory_operand(4, 5) + rb")"  # FLDENV, FLDCW
    rb"|\xdd(?=" + _memory_operand(4) + rb")"  # FRSTOR
    rb"|\x0f(?=\xae" + _memory_operand(1, 2, 5) + rb")",  # FXRSTOR, LDMXCSR, XRSTOR
    re.DOTALL,
)


class Code(Protocol):
    """What sites are looked for in."""

    def code_at(self, address: int, size: int) -> bytes:
        """Up to `size` bytes from an address; fewer where they end at a page that isn't there."""
        ...


class Sites:
    """The map of the addresses; `address` is where it stands in the host's memory, 0 while it is empty."""

    def __init__(self) -> None:
        self.address = 0
        self._map: mmap.mmap | None = None

    def scan(self, space: Code, pages: Iterable[int]) -> None:
        """Adds what is in these pages, and across their ends. Bits stay when code goes."""
        for page in pages:
            before = space.code_at(page - _SPAN, _SPAN) if page else b""
            before = before if len(before) == _SPAN else b""
            code = before + space.code_at(page, PAGE + _SPAN)
            for found in _FOUND.finditer(code):
                self._add(code, found.start(), page - len(before))

    def __contains__(self, address: int) -> bool:
        at = address & (1 << _BITS) - 1
        return self._map is not None and bool(self._map[at >> 3] >> (at & 7) & 1)

    def _add(self, code: bytes, at: int, start: int) -> None:
        """The instruction's opcode is code[at]; it may begin with any of the prefixes before that."""
        if self._map is None:
            self._map = mmap.mmap(-1, 1 << _BITS - 3)
            self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        while True:
            bit = start + at & (1 << _BITS) - 1
            self._map[bit >> 3] |= 1 << (bit & 7)
            at -= 1
            if at < 0 or code[at] not in _PREFIXES:
                return
