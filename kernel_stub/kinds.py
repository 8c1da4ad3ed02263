"""Argument kinds: how a 64-bit register becomes a C value, and how that value reads in a trace line.

A kind may look at guest memory to show what a pointer points to: `before` the call for what the kernel
reads, `after` it for what the kernel wrote. The bytes are kept, the text is made when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from kernel_stub.cpu import BadAddress, Memory, Pager, no_pager
from kernel_stub.outcomes import Blocked, Replaced, Restart

PAGE = 0x1000
SHOWN_BYTES = 32  # of a buffer, in a trace line

Values = Mapping[str, int]  # a call's decoded arguments by name


@dataclass(frozen=True, slots=True)
class Kind:
    """A 64-bit integer type. `c_type` is its C declaration with `%` for the name."""

    c_type: str
    signed: bool = False
    bits: int = 64

    def decode(self, raw: int) -> int:
        """The C value in the register's low `bits` bits; the rest of the register doesn't count."""
        value = raw & ((1 << self.bits) - 1)
        return value - (1 << self.bits) if self.signed and value >> (self.bits - 1) else value

    def c(self, name: str) -> str:
        """The declaration of a parameter of this kind."""
        return self.c_type.replace("%", name)

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        """How the value reads; None where the call doesn't use this argument."""
        return str(value)

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        """Bytes to show that are in memory when the call starts."""
        return None

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        """Bytes to show that a successful call left in memory."""
        return None


class Hex(Kind):
    """A register whose type isn't known."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return hex(value)


@dataclass(frozen=True, slots=True)
class InBuffer(Kind):
    """A buffer that the kernel reads; `length` names the argument with its size in bytes."""

    length: str = "count"

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return quoted(data, values[self.length]) if value and data is not None else pointer_text(value)

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        return peek(memory, value, values[self.length])


class OutBuffer(InBuffer):
    """A buffer that the kernel fills; the call's result says how far."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if not value or data is None:
            return pointer_text(value)
        return quoted(data[:SHOWN_BYTES], len(data))

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        return None

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return peek(memory, value, result, SHOWN_BYTES + 1)


class Pointer(Kind):
    """An address that is shown as a number."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return pointer_text(value)


class Hexadecimal(Kind):
    """A number that reads best in hexadecimal; nothing is 0."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return hex(value) if value else "0"


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One of several named values. `unknown` is what stands for the names behind another."""

    unknown: str = ""
    names: tuple[tuple[str, int], ...] = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        for name, number in self.names:
            if number == value:
                return name
        return f"{value & (1 << self.bits) - 1:#x} /* {self.unknown} */"


def pointer_text(value: int) -> str:
    """A pointer as a number."""
    return hex(value) if value else "NULL"


def peek(memory: Memory, address: int, size: int, most: int = SHOWN_BYTES) -> bytes | None:
    """Up to `most` bytes for showing, or None if they can't be read. Looking changes nothing: pages that were only
    promised stay away."""
    size, pager = min(size, most), memory.pager
    memory.pager = no_pager
    try:
        return memory.copy_in(address, size)
    except BadAddress:
        return _by_page(memory, pager, address, size)
    finally:
        memory.pager = pager


def _by_page(memory: Memory, pager: Pager, address: int, size: int) -> bytes | None:
    """The same where a page is missing, with what would come in its place."""
    data = bytearray()
    while len(data) < size:
        at = address + len(data)
        piece = min(PAGE - at % PAGE, size - len(data))
        try:
            data += memory.copy_in(at, piece)
        except BadAddress:
            page = pager.look(at)
            if page is None:
                return None
            data += page[at % PAGE :][:piece]
    return bytes(data)


@dataclass(frozen=True, slots=True)
class View:
    """Memory as `peek` shows it, where more than a few bytes are wanted. See `cpu.Readable`."""

    memory: Memory

    def copy_in(self, address: int, size: int) -> bytes:
        data = peek(self.memory, address, size, size)
        if data is None:
            raise BadAddress(address)
        return data


ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\"} | {ord(c): repr(c)[1:-1] for c in "\t\n\r"}
ESCAPES |= {11: "\\v", 12: "\\f"}
OCTAL_DIGITS = [b"%d" % digit for digit in range(8)]


def quoted(data: bytes, size: int) -> str:
    """Bytes as a C string, with `...` behind it when there are more (`size`) than are shown."""
    pieces: list[str] = []
    for index, byte in enumerate(data):
        if byte in ESCAPES:
            pieces.append(ESCAPES[byte])
        elif 32 <= byte < 127:
            pieces.append(chr(byte))
        else:
            # A digit behind a short octal escape would become part of it.
            digit_follows = data[index + 1 : index + 2] in OCTAL_DIGITS
            pieces.append(f"\\{byte:03o}" if digit_follows else f"\\{byte:o}")
    return '"' + "".join(pieces) + '"' + ("..." if size > len(data) else "")


INT = Kind("int %", signed=True, bits=32)
UNSIGNED = Kind("unsigned int %", bits=32)
SIZE = Kind("size_t %")
HEX = Hex("unsigned long %")
LONG = Kind("long %", signed=True)

Int = Annotated[int, INT]
Fd = Annotated[int, INT]
Id = Annotated[int, UNSIGNED]  # uid_t and gid_t
Size = Annotated[int, SIZE]
SSIZE = Kind("ssize_t %", signed=True)
SignedSize = Annotated[int, SSIZE]
InterruptibleSize = Annotated[int | Blocked | Restart, SSIZE]  # of a transfer that may sleep
InBytes = Annotated[int, InBuffer("const void *%")]
OutBytes = Annotated[int, OutBuffer("void *%")]
Address = Annotated[int, Pointer("void *%")]
NoReturn = Annotated[Replaced, Kind("void %")]
Interruptible = Annotated[int | Blocked | Restart, INT]  # of a call that may sleep
