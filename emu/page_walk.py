"""Looking at page tables as the processor walks them, without leaving a trace: no accessed bit is set.

Source: Intel's manual, volume 3, 4.5, "4-Level Paging".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from emu.mmu import USER_END, AddressSpace
from emu.page_tables import ACCESSED, COPY, DIRTY, ENTRIES, FRAME, NO_EXECUTE, PRESENT, USER, WRITABLE, mapped
from emu.ram import PAGE

LEVELS = (("PML4E", 39), ("PDPTE", 30), ("PDE", 21), ("PTE", 12))
BITS = (
    (PRESENT, "P"), (WRITABLE, "W"), (USER, "U"), (ACCESSED, "A"), (DIRTY, "D"), (NO_EXECUTE, "NX"),
    (COPY, "COW"),  # the operating system's own: copy the frame before a write
)  # fmt: skip
_ENTRY = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)  # no tuple: those have a method `index`
class Entry:
    """A paging-structure entry: its level's name, its index in its table, its physical address, its value."""

    level: str
    index: int
    at: int
    value: int

    @property
    def frame(self) -> int:
        """The physical address of the table or page that it points to."""
        return self.value & FRAME

    @property
    def bits(self) -> tuple[str, ...]:
        """The names of its bits that are set: present, writable, user, accessed, dirty (of a PTE only), no execute, and
        the operating system's own copy-on-write."""
        return tuple(name for bit, name in BITS if self.value & bit)


class Page(NamedTuple):
    """A page of the user half that has an entry: its address and the entry."""

    address: int
    entry: Entry


def canonical(address: int) -> bool:
    """Whether bits 47 to 63 are all the same. Source: volume 1, 3.3.7.1, "Canonical Addressing"."""
    return address >> 47 in (0, (1 << 17) - 1)


def walk(space: AddressSpace, address: int) -> tuple[Entry, ...]:
    """The entries that lead to an address, from the PML4E on; the last is a PTE, or the first that is not present.
    None, where the address is not canonical: the processor begins no walk."""
    if not canonical(address):
        return ()
    table, found = space.root, []
    for level, shift in LEVELS:
        index = address >> shift & ENTRIES - 1
        entry = Entry(level, index, table + 8 * index, _read(space, table + 8 * index))
        found.append(entry)
        if not entry.value & PRESENT:
            break
        table = entry.frame
    return tuple(found)


def translate(space: AddressSpace, address: int) -> int | None:
    """The physical address behind a user address, or None where no page is present."""
    if not 0 <= address < USER_END:
        return None
    last = walk(space, address)[-1]
    if last.level != "PTE" or not last.value & PRESENT:
        return None
    return last.frame + address % PAGE


def peek(space: AddressSpace, address: int, size: int) -> bytes:
    """Memory from an address on, as far as pages are present; it counts as no access."""
    data = b""
    while len(data) < size:
        physical = translate(space, address + len(data))
        if physical is None:
            break
        take = min(size - len(data), PAGE - physical % PAGE)
        data += bytes(space.ram.view[physical : physical + take])
    return data


def pages(space: AddressSpace) -> Iterator[Page]:
    """All pages of the user half, those whose protection forbids everything among them, in order of address."""
    for address, at in mapped(space.ram, space.root, 0, USER_END):
        yield Page(address, Entry("PTE", address >> 12 & ENTRIES - 1, at, _read(space, at)))


def _read(space: AddressSpace, at: int) -> int:
    value: int = _ENTRY.unpack_from(space.ram.view, at)[0]
    return value
