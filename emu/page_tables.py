"""4-level page tables in guest RAM: finding entries, copying a whole tree for fork, and giving one back.

A table is known by its physical address, that of the first one is CR3. Of the bits that the processor leaves to the
operating system two are used: COPY says that the frame may have other users, so that it must be copied before a
write, and MAY_WRITE that the page is writable to its process then. The processor sees such a page as read-only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emu.ram import PAGE, Ram
from kernel_stub.cpu import Protection

PRESENT, WRITABLE, USER, ACCESSED, DIRTY, NO_EXECUTE = 1, 2, 4, 0x20, 0x40, 1 << 63
COPY, MAY_WRITE = 1 << 9, 1 << 10
FRAME = 0x000F_FFFF_FFFF_F000
ENTRIES, USER_ENTRIES = 512, 256  # of a table; of the first one, below the kernel's half
_SHIFTS = (39, 30, 21)
_LEAF_SPAN = 1 << 21

Ranges = Sequence[tuple[int, int]]


def bits(protection: Protection) -> int:
    """An entry's bits, without the frame."""
    if protection == Protection.NONE:
        return USER | NO_EXECUTE  # not present, but the frame stays: PROT_NONE
    writable = WRITABLE if protection & Protection.WRITE else 0
    return PRESENT | USER | writable | (0 if protection & Protection.EXECUTE else NO_EXECUTE)


def protected(entry: int, protection: Protection) -> int:
    """The entry with another protection, on the same terms with other users of its frame."""
    value = entry & (FRAME | ACCESSED | DIRTY | COPY) | bits(protection)
    return value ^ (WRITABLE | MAY_WRITE) if value & COPY and value & WRITABLE else value


def entry(ram: Ram, root: int, address: int, *, create: bool = False) -> int:
    """The physical address of the last-level entry for an address; 0 where a table is missing."""
    words, table = ram.words, root
    for shift in _SHIFTS:
        at = table + 8 * (address >> shift & 511)
        value = words[at >> 3]
        if not value & PRESENT:
            if not create:
                return 0
            value = words[at >> 3] = ram.allocate() | PRESENT | WRITABLE | USER
        table = value & FRAME
    return table + 8 * (address >> 12 & 511)


def mapped(ram: Ram, root: int, address: int, end: int) -> Iterator[tuple[int, int]]:
    """The pages of [address, end) that are there, with their entries; tables that are missing cost nothing."""
    words = ram.words
    while address < end:
        table = root
        for shift in _SHIFTS:
            value = words[table + 8 * (address >> shift & 511) >> 3]
            if not value & PRESENT:
                address = ((address >> shift) + 1) << shift
                break
            table = value & FRAME
        else:
            stop = min(end, (address | _LEAF_SPAN - 1) + 1)
            for page in range(address, stop, PAGE):
                at = table + 8 * (page >> 12 & 511)
                if words[at >> 3] & FRAME:
                    yield page, at
            address = stop


def fork(ram: Ram, root: int, shared: Ranges) -> int:
    """A copy of a tree, whose root is the answer. Both have the same frames from now on: those in the `shared`
    ranges for good, the others until one of them writes. The kernel's half is the same tables for both.

    Raises MemoryError, and then nothing is left of the copy.
    """
    new = ram.allocate()
    words = ram.words
    kernel = slice((root >> 3) + USER_ENTRIES, (root >> 3) + ENTRIES)
    words[(new >> 3) + USER_ENTRIES : (new >> 3) + ENTRIES] = words[kernel]
    try:
        _copy(ram, root, new, 0, 0, shared)
    except MemoryError:
        release(ram, new)
        raise
    return new


def _copy(ram: Ram, table: int, new: int, level: int, base: int, shared: Ranges) -> None:
    """The entries of a table above the last level into an empty one; `base` is the first address it is for."""
    words, shift = ram.words, _SHIFTS[level]
    for index in range(ENTRIES if level else USER_ENTRIES):
        value = words[(table >> 3) + index]
        if value:
            below, address = ram.allocate(), base + (index << shift)
            words[(new >> 3) + index] = value & ~FRAME | below
            if level + 1 < len(_SHIFTS):
                _copy(ram, value & FRAME, below, level + 1, address, shared)
            else:
                _copy_leaf(ram, value & FRAME, below, address, shared)


def _copy_leaf(ram: Ram, table: int, new: int, base: int, shared: Ranges) -> None:
    words, users = ram.words, ram.others
    shared = [(low, high) for low, high in shared if low < base + _LEAF_SPAN and base < high]
    before = words[table >> 3 : (table >> 3) + ENTRIES].tolist()
    for index, value in enumerate(before):
        if not value:
            continue
        frame = value & FRAME
        users[frame] = users.get(frame, 0) + 1
        if shared and any(low <= base + index * PAGE < high for low, high in shared):
            value &= ~DIRTY
        else:
            value |= COPY
            if value & WRITABLE:
                value ^= WRITABLE | MAY_WRITE
            words[(table >> 3) + index] = value
        words[(new >> 3) + index] = value & ~ACCESSED


def release(ram: Ram, root: int) -> bool:
    """Gives back a tree and the frames that nobody else uses; whether code was among them."""
    code = _release(ram, root, 0)
    ram.release(root)
    return code


def _release(ram: Ram, table: int, level: int) -> bool:
    first, code = table >> 3, False
    if level == len(_SHIFTS):
        for value in ram.words[first : first + ENTRIES].tolist():
            if value and ram.release(value & FRAME) and not value & NO_EXECUTE:
                code = True
        return code
    for value in ram.words[first : first + (ENTRIES if level else USER_ENTRIES)].tolist():
        if value:
            code = _release(ram, value & FRAME, level + 1) or code
            ram.release(value & FRAME)
    return code
