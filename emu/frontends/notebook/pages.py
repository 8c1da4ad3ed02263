"""A process's memory as a notebook shows it: the walk to an address, the pages, the regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from emu.frontends.notebook.registers import Naming
from emu.frontends.notebook.rich import Block, Column, Prose, Rich, Table, elided
from emu.page_tables import COPY, NO_EXECUTE, PRESENT, USER, WRITABLE
from emu.page_walk import BITS, LEVELS, Entry, Page
from kernel_stub.address_space import Region
from kernel_stub.cpu import Protection

SHOWN = 80  # pages
_LETTERS = ((Protection.READ, "r"), (Protection.WRITE, "w"), (Protection.EXECUTE, "x"))
_UNUSED = "."  # of a bit that is clear


class Walk(Rich):
    """The way from an address to its page: PML4E, PDPTE, PDE, PTE.

    `entries` are those that the processor reads, `bits` the names of those set in the last (`walk.bits`), `physical`
    is the address in RAM, or None. `dirty` and `accessed` are those bits of the PTE. There are no entries where the
    address is not canonical.

    >>> from emu import Session
    >>> s = Session("rawsyscall", "close", 99)
    >>> s.walk(s.registers.rsp).bits
    ('P', 'W', 'U', 'A', 'D', 'NX')
    >>> s.walk(0x800000000000)
    0x800000000000 is not canonical (bits 47 to 63 differ): no walk begins, an access is a general protection exception
    """

    def __init__(self, address: int, entries: Sequence[Entry], region: Region | None) -> None:
        self.address, self.entries, self.region = address, tuple(entries), region

    @property
    def present(self) -> bool:
        """Whether there is a page."""
        return len(self.entries) == len(LEVELS) and bool(self.entries[-1].value & PRESENT)

    @property
    def bits(self) -> tuple[str, ...]:
        """The names of the bits that are set in the last entry that was read."""
        return self.entries[-1].bits if self.entries else ()

    @property
    def accessed(self) -> bool:
        """The A bit: the page was read, written or executed since the bit was last cleared."""
        return "A" in self.bits

    @property
    def dirty(self) -> bool:
        """The D bit: the page was written to since the bit was last cleared."""
        return "D" in self.bits

    @property
    def physical(self) -> int | None:
        """The address in RAM."""
        return self.entries[-1].frame + self.address % 4096 if self.present else None

    @property
    def words(self) -> str:
        """What comes of an access from ring 3."""
        if not self.entries:
            fault = "an access is a general protection exception"
            return f"{self.address:#x} is not canonical (bits 47 to 63 differ): no walk begins, {fault}"
        if self.physical is not None:
            return f"physical address {self.physical:#x}: {self._allowed}"
        missing = f"no page: {self.entries[-1].level} is not present, so an access is a page fault"
        if self.region is None:
            return f"{missing}, and nothing is mapped here"
        if not self.region.protection:
            return f"{missing}: the region forbids every access"
        return f"{missing}; the region {self.region.name or 'here'} lets the kernel bring the page in then"

    @property
    def _allowed(self) -> str:
        """What ring 3 may do: what every entry on the way allows."""
        if not all(entry.value & USER for entry in self.entries):
            return "only ring 0 may come here"
        may = ["read"]
        if all(entry.value & WRITABLE for entry in self.entries):
            may.append("write")
        if not any(entry.value & NO_EXECUTE for entry in self.entries):
            may.append("execute")
        return f"ring 3 may {', '.join(may)}"

    def blocks(self) -> Iterator[Block]:
        if self.entries:
            yield self._table()
        yield Prose(self.words)

    def _table(self) -> Table:
        numbers = [Column(head, number=True) for head in ("index", "entry at", "value")]
        shown = _shown(self.entries)
        columns = (Column("level"), *numbers, *map(Column, shown), Column("points to", number=True))
        table = Table(f"the walk to {self.address:#x}", columns)
        for entry in self.entries:
            target = f"{entry.frame:#x}" if entry.value & PRESENT else "nothing"
            bits = _bits(entry, shown)
            table.add(entry.level, entry.index, f"{entry.at:#x}", f"{entry.value:#x}", *bits, target)
        return table


class PageTable(Rich, Sequence[Page]):
    """All pages of a process, with the bits of their PTEs."""

    def __init__(self, pages: Sequence[Page], naming: Naming) -> None:
        self._pages, self._naming = tuple(pages), naming

    @overload
    def __getitem__(self, index: int) -> Page: ...
    @overload
    def __getitem__(self, index: slice) -> PageTable: ...
    def __getitem__(self, index: int | slice) -> Page | PageTable:
        return PageTable(self._pages[index], self._naming) if isinstance(index, slice) else self._pages[index]

    def __len__(self) -> int:
        return len(self._pages)

    def blocks(self) -> Iterator[Block]:
        shown = _shown([page.entry for page in self._pages])
        numbers = [Column("page", number=True), Column("frame", number=True)]
        table = Table("", (*numbers, *map(Column, shown), Column("region")))
        for page in self._pages:
            bits = _bits(page.entry, shown)
            table.add(f"{page.address:#x}", f"{page.entry.frame:#x}", *bits, self._naming(page.address) or "")
        table.rows = elided(table.rows, SHOWN, "pages")
        yield table


class Regions(Rich, Sequence[Region]):
    """What a process's addresses are for, as /proc/PID/maps lists it."""

    def __init__(self, regions: Sequence[Region]) -> None:
        self._regions = tuple(regions)

    @overload
    def __getitem__(self, index: int) -> Region: ...
    @overload
    def __getitem__(self, index: slice) -> Regions: ...
    def __getitem__(self, index: int | slice) -> Region | Regions:
        return Regions(self._regions[index]) if isinstance(index, slice) else self._regions[index]

    def __len__(self) -> int:
        return len(self._regions)

    def blocks(self) -> Iterator[Block]:
        heads = ("start", True), ("end", True), ("size", True), ("may", False), ("for", False)
        table = Table("", [Column(head, number=number) for head, number in heads])
        for region in self._regions:
            letters = "".join(letter if region.protection & bit else "-" for bit, letter in _LETTERS)
            size = f"{region.end - region.start:,}"
            table.add(f"{region.start:#x}", f"{region.end:#x}", size, letters, region.name or "(anonymous)")
        yield table


def _shown(entries: Sequence[Entry]) -> list[str]:
    """The bits that a table has columns for: the processor's, and of the system's own those that are set."""
    return [name for bit, name in BITS if bit != COPY or any(entry.value & COPY for entry in entries)]


def _bits(entry: Entry, shown: Sequence[str]) -> list[str]:
    return [name if name in entry.bits else _UNUSED for name in shown]
