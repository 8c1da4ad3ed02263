"""What a process's addresses are for: its regions, its program break, and where mmap finds room.

Plain data, as a kernel keeps beside the page tables. A region's pages come when they are first touched
(`populate`), so a large reservation costs nothing. Layout and placement follow Linux on x86-64 with
address randomisation switched off (setarch -R): mm/mmap.c, arch/x86/mm/mmap.c.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from kernel_stub.cpu import Memory, Protection
from kernel_stub.filesystem.backing import Backing
from kernel_stub.filesystem.inodes import Inode

PAGE = 0x1000
TASK_SIZE = 0x7FFF_FFFF_F000  # the end of user addresses
LOWEST = 0x10000  # vm.mmap_min_addr
GUARD_GAP = 256 * PAGE  # what stays free below a region that grows down
MMAP_BASE = TASK_SIZE - (128 << 20)  # mmap works downwards from here; above is the stack's room
ANONYMOUS = ("", "[heap]")  # names of regions that no file is behind


class Region(NamedTuple):
    """[start, end) in whole pages, with one protection and one origin (Linux: vm_area_struct)."""

    start: int
    end: int
    protection: Protection
    name: str = ""  # what it is for: a file, "[heap]", "[stack]"; anonymous memory has none
    shared: bool = False
    grows_down: bool = False
    reserved: bool = True  # False after MAP_NORESERVE
    backing: Backing | None = None  # the file that is mapped
    offset: int = 0  # where in the file the region starts

    @property
    def low(self) -> int:
        """The lowest address that a neighbour must keep free of."""
        return max(self.start - GUARD_GAP, 0) if self.grows_down else self.start

    @property
    def accounted(self) -> bool:
        """Whether the kernel promises memory for all of it (VM_ACCOUNT)."""
        if self.shared and self.backing is not None:
            return False
        return self.reserved and bool(self.shared or self.protection & Protection.WRITE)

    @property
    def stores(self) -> bool:
        """Whether what is written to it goes into a file."""
        return self.shared and self.backing is not None and self.backing.writable

    @property
    def filled(self) -> int:
        """Where its pages end: with the file that it shows, if that is shorter."""
        if self.backing is None:
            return self.end
        return min(self.end, self.start + max(round_up(self.backing.size) - self.offset, 0))

    def part(self, start: int, end: int) -> Region:
        """The same for other addresses, which show what the file has there."""
        shown = self.offset + start - self.start if self.backing is not None else 0
        return self._replace(start=start, end=end, offset=shown)

    def allows(self, wanted: Protection) -> bool:
        """Whether the access may go on: any protection but NONE lets the hardware read."""
        return bool(self.protection & wanted if wanted == Protection.WRITE else self.protection)

    def joins(self, other: Region) -> bool:
        """Whether the two, one right behind the other, are one region to the kernel."""
        if self.shared or self.grows_down or self.name not in ANONYMOUS:
            return False
        return other == self._replace(start=other.start, end=other.end)


@dataclass(slots=True)
class AddressSpace:
    """The regions in order of address; `brk` is the program break, which starts at `start_brk`.

    `stack_limit` is the soft RLIMIT_STACK; `ram` the bytes that a single mapping may ask for at most.
    Between `full_from` and mmap's base there is no gap of `full_size` bytes or more, if that isn't 0: mappings
    one below the other would else be looked through from the top, each time all of them. `shown` are the pages of
    shared mappings of files that are there.
    """

    regions: list[Region] = field(default_factory=list)
    start_brk: int = 0
    brk: int = 0
    stack_limit: int = 8 << 20
    ram: int = 64 << 20
    full_from: int = field(default=MMAP_BASE, compare=False)
    full_size: int = field(default=0, compare=False)
    shown: set[int] = field(default_factory=set)

    # Looking -----------------------------------------------------------------------------------

    def find(self, address: int) -> Region | None:
        """The region that holds the address."""
        index = bisect_right(self.regions, address, key=_start) - 1
        return self.regions[index] if index >= 0 and address < self.regions[index].end else None

    def overlapping(self, start: int, end: int) -> list[Region]:
        """The regions that have an address in [start, end), in order."""
        first = bisect_right(self.regions, start, key=_end)
        return self.regions[first : bisect_left(self.regions, end, key=_start)] if start < end else []

    def following(self, address: int) -> Region | None:
        """The first region that ends behind the address."""
        index = bisect_right(self.regions, address, key=_end)
        return self.regions[index] if index < len(self.regions) else None

    def is_free(self, start: int, end: int) -> bool:
        """Whether a region could lie at [start, end) without coming near a stack's guard gap."""
        following = self.following(start)
        return following is None or end <= following.low

    def highest_gap(self, size: int, high: int = MMAP_BASE) -> int | None:
        """The highest free address for `size` bytes below `high`, or None."""
        known = high == MMAP_BASE and 0 < self.full_size <= size
        for start, end in self._gaps(self.full_from if known else high):
            if end - start >= size:
                if high == MMAP_BASE and size <= (self.full_size or size):
                    self.full_from, self.full_size = end, size
                return end - size
        return None

    def lowest_gap(self, size: int, low: int, high: int) -> int | None:
        """The lowest free address for `size` bytes in [low, high), or None."""
        found = [max(start, low) for start, end in self._gaps(high) if end - max(start, low) >= size]
        return found[-1] if found else None

    def _gaps(self, high: int) -> Iterator[tuple[int, int]]:
        """Free ranges below `high`, from the top."""
        end = high
        for index in range(bisect_left(self.regions, high + GUARD_GAP, key=_start) - 1, -1, -1):
            region = self.regions[index]
            if region.end < end:
                yield region.end, end
            end = min(end, region.low)
        if end > LOWEST:
            yield LOWEST, end

    # Changing ----------------------------------------------------------------------------------

    def add(self, region: Region) -> None:
        """Enter a region where nothing is; it joins neighbours that are alike."""
        if region.backing is not None:
            region.backing.inode.mapped += 1
        index = bisect_right(self.regions, region.start, key=_start)
        self.regions.insert(index, region)
        if index + 1 < len(self.regions):
            self._join(index)
        if index:
            self._join(index - 1)

    def _join(self, index: int) -> None:
        one, other = self.regions[index : index + 2]
        if one.end == other.start and one.joins(other):
            self.regions[index : index + 2] = [one._replace(end=other.end)]

    def cut(self, start: int, end: int) -> list[Region]:
        """Take [start, end) out of the regions; the pieces that were there, in order."""
        if end > self.full_from:
            self.full_from, self.full_size = MMAP_BASE, 0
        pieces = []
        for region in self.overlapping(start, end):
            index = bisect_left(self.regions, region.start, key=_start)
            rest = []
            if region.start < start:
                rest.append(region._replace(end=start))
            if end < region.end:
                rest.append(region.part(end, region.end))
            self.regions[index : index + 1] = rest
            if region.backing is not None:
                region.backing.inode.mapped += len(rest) - 1
            pieces.append(region.part(max(start, region.start), min(end, region.end)))
        return pieces

    def map(self, memory: Memory, region: Region) -> None:
        """Enter a region in the place of whatever lies there; its pages will be zero."""
        self.unmap(memory, region.start, region.end)
        self.add(region)

    def unmap(self, memory: Memory, start: int, end: int) -> None:
        """Free [start, end), regions and pages; what was written to shared files is in them then."""
        if self.shown:
            self.store(memory, start, end)
            self.shown = {page for page in self.shown if not start <= page < end}
        pieces = self.cut(start, end)
        memory.unmap(start, end - start)
        _release(pieces)

    def end(self) -> None:
        """The process is gone: its regions show no files any more."""
        for region in self.regions:
            if region.backing is not None:
                region.backing.inode.mapped -= 1
        _release(self.regions)
        self.regions = []

    def protect(self, memory: Memory, start: int, end: int, protection: Protection) -> None:
        """New protection for what lies in [start, end)."""
        self.store(memory, start, end)
        for piece in self.cut(start, end):
            self.add(piece._replace(protection=protection))
            memory.protect(piece.start, piece.end - piece.start, protection)

    def move(self, memory: Memory, start: int, end: int, target: int) -> None:
        """The regions and pages of [start, end) go to `target`, where nothing is. Raises MemoryError."""
        memory.move(start, target, end - start)
        for piece in self.cut(start, end):
            offset = target - start
            self.add(piece._replace(start=piece.start + offset, end=piece.end + offset))
        self.shown = {page - start + target if start <= page < end else page for page in self.shown}

    # Another process ---------------------------------------------------------------------------

    def fork(self, memory: Memory) -> tuple[AddressSpace, int]:
        """The regions of a process that starts as a copy, and its address space in `memory`.

        Pages of shared regions that nobody touched yet are brought in, so that both have the same ones.
        Raises MemoryError.
        """
        shared = [region for region in self.regions if region.shared]
        for region in shared:
            if region.end - region.start > self.ram:
                continue  # a file's: of so many pages each process gets those that it touches
            for page in range(region.start, region.filled, PAGE):
                if memory.protection(page) is None:
                    self._bring_in(memory, region, page)
        root = memory.fork([(region.start, region.end) for region in shared])
        for region in self.regions:
            if region.backing is not None:
                region.backing.inode.mapped += 1
        return replace(self, regions=list(self.regions), shown=set(self.shown)), root

    # Page faults -------------------------------------------------------------------------------

    def populate(self, memory: Memory, address: int, wanted: Protection) -> bool:
        """Bring in the page of an access that found none; whether it can go on now.

        Raises MemoryError when there is no more physical memory.
        """
        region = self.find(address) or self._grow(address)
        if region is None or not region.allows(wanted) or memory.protection(address) is not None:
            return False
        return self._bring_in(memory, region, address & -PAGE)

    def promised(self, memory: Memory, address: int) -> bytes | None:
        """What `populate` would bring in for a read, or None: nothing changes."""
        region = self.find(address)
        if region is None and (growth := self._growth(address)) is not None:
            _, region = growth
        if region is None or not region.allows(Protection.READ) or memory.protection(address) is not None:
            return None
        if region.backing is None:
            return bytes(PAGE)
        return region.backing.page(region.offset + (address & -PAGE) - region.start)

    def _bring_in(self, memory: Memory, region: Region, page: int) -> bool:
        """Give a region a page; False if it lies behind the end of its file."""
        if region.backing is None:
            memory.map(page, PAGE, region.protection)
            return True
        data = region.backing.page(region.offset + page - region.start)
        if data is None:
            return False
        memory.map(page, PAGE, region.protection)
        _fill(memory, page, data, region.protection)
        if region.shared:
            self.shown.add(page)
        return True

    # Shared mappings of files ------------------------------------------------------------------

    def store(self, memory: Memory, start: int = 0, end: int = TASK_SIZE, inode: Inode | None = None) -> None:
        """What is in pages of [start, end) goes into their files (into one file)."""
        for page, region, backing in self._shown(start, end, inode):
            if backing.writable:
                backing.store(region.offset + page - region.start, memory.copy_in(page, PAGE))

    def refresh(self, memory: Memory, inode: Inode) -> None:
        """A file was written: its shared mappings show that. Pages behind its end are gone."""
        for page, region, backing in self._shown(0, TASK_SIZE, inode):
            data = backing.page(region.offset + page - region.start)
            if data is None:
                memory.unmap(page, PAGE)
                self.shown.discard(page)
            else:
                _fill(memory, page, data, region.protection)

    def _shown(self, start: int, end: int, inode: Inode | None) -> list[tuple[int, Region, Backing]]:
        """The pages of shared mappings of files that can be touched, with what they show."""
        found = []
        for page in sorted(self.shown):
            region = self.find(page)
            if not start <= page < end or region is None or region.backing is None or not region.protection:
                continue
            if inode in (None, region.backing.inode):
                found.append((page, region, region.backing))
        return found

    def _grow(self, address: int) -> Region | None:
        """A region that grows down takes the page in."""
        growth = self._growth(address)
        if growth is None:
            return None
        index, self.regions[index] = growth
        return self.regions[index]

    def _growth(self, address: int) -> tuple[int, Region] | None:
        """The region that would grow down to the address, with its index, as it would be then: if its limit and its
        neighbour allow it (expand_stack)."""
        index = bisect_right(self.regions, address, key=_start)
        if index == len(self.regions) or not self.regions[index].grows_down or address < LOWEST:
            return None
        stack, start = self.regions[index], address & -PAGE
        if stack.end - start > self.stack_limit:
            return None
        below = self.regions[index - 1] if index else None
        if below and below.protection and not below.grows_down and start - below.end < GUARD_GAP:
            return None
        return index, stack._replace(start=start)


def _release(regions: Iterable[Region]) -> None:
    """Their files, if nobody has those any more."""
    for region in regions:
        if region.backing is not None:
            region.backing.release()


def _fill(memory: Memory, page: int, data: bytes, protection: Protection) -> None:
    """Give a page its bytes, whatever user mode may do with it."""
    memory.protect(page, PAGE, Protection.READ | Protection.WRITE)
    memory.copy_out(page, data)
    memory.protect(page, PAGE, protection)


def _start(region: Region) -> int:
    return region.start


def _end(region: Region) -> int:
    return region.end


def round_up(size: int) -> int:
    """To whole pages."""
    return -(-size // PAGE) * PAGE
