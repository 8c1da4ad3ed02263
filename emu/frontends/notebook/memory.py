"""Memory word by word: addresses, bytes, what they are as a number, and what lies there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emu.frontends.notebook.registers import Naming
from emu.frontends.notebook.rich import Block, Column, Rich, Table
from emu.frontends.wording import number

WORD = 8
_COLUMNS = (
    Column("address", number=True), Column("bytes"), Column("as a number", number=True), Column("what lies there"),
    Column("text"),
)  # fmt: skip


class Memory(Rich):
    """Bytes from `address` on: `bytes(memory)` are they, `len(memory)` counts them.

    `marks` are words for addresses (`RSP`), which the table shows.

    >>> from emu import Session
    >>> s = Session("rawsyscall", "close", 99)
    >>> s.memory("trap", 16)
           address  bytes                    as a number  what lies there  text
    0x7ffeffffff40  03 00 00 00 00 00 00 00          0x3  trap             ........
    0x7ffeffffff48  63 00 00 00 00 00 00 00         0x63  a1               c.......
    """

    def __init__(self, address: int, data: bytes, naming: Naming, marks: Mapping[int, str] | None = None) -> None:
        self.address, self._data, self._naming, self._marks = address, data, naming, marks or {}

    def __bytes__(self) -> bytes:
        return self._data

    def __len__(self) -> int:
        return len(self._data)

    def blocks(self) -> Iterator[Block]:
        table = Table("", _COLUMNS)
        for offset in range(0, len(self._data), WORD):
            address, data = self.address + offset, self._data[offset : offset + WORD]
            value = number(int.from_bytes(data, "little"), 8 * len(data))
            mark = self._marks.get(address)
            there = ", ".join([*([f"<- {mark}"] if mark else []), *self._names(address, len(data))])
            text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
            table.add(f"{address:#x}", data.hex(" "), value, there, text, marked=mark is not None)
        yield table

    def _names(self, address: int, size: int) -> list[str]:
        """The names that begin in a word, or else the one that it is in the middle of."""
        found = [name for at in range(address, address + size) if (name := self._naming(at))]
        begun = [name for name in found if "+" not in name]
        return list(dict.fromkeys(begun)) or found[:1]
