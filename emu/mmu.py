"""Address spaces: 4-level page tables in guest RAM, which the CPU walks, and the kernel's access to them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from emu.ram import PAGE, Ram
from kernel_stub.cpu import BadAddress, Pager, Protection, no_pager

PRESENT, WRITABLE, USER, ACCESSED, DIRTY, NO_EXECUTE = 1, 2, 4, 0x20, 0x40, 1 << 63
FRAME = 0x000F_FFFF_FFFF_F000
USER_END = 0x7FFF_FFFF_F000  # TASK_SIZE: the last page below the hole stays unmapped, as on Linux
KERNEL_BASE = 0xFFFF_8000_0000_0000

_ENTRY = struct.Struct("<Q")


class AddressSpace:
    """One process's page tables, rooted at `root` (CR3). Implements kernel_stub.cpu.Memory.

    The tables in RAM are the only truth; `_translations` caches walks and is dropped at each change.
    `changed(code)` is called after a change of mappings, and with True where the bytes of executable
    pages may have changed, so that the CPU drops what it has cached.
    """

    def __init__(self, ram: Ram) -> None:
        self.ram = ram
        self.root = ram.allocate()
        self.changed: Callable[[bool], None] = lambda code: None
        self.pager: Pager = no_pager
        self._translations: dict[int, tuple[int, int, int]] = {}
        self._virtual: dict[int, int] = {}
        self.new_code: set[int] = set()  # pages that became executable or were changed by the kernel
        self.writable_code = False  # some page may have been writable and executable at once

    # Mappings -------------------------------------------------------------------------------------

    def map(self, address: int, size: int, protection: Protection) -> None:
        """Zeroed pages where nothing is mapped in [address, address+size), both multiples of 4096, in the user
        half; pages that are there keep their bytes. Raises MemoryError when RAM is full."""
        self._note(protection)
        replaced = False
        for page in self._pages(address, size):
            entry = self._entry(page, create=True)
            old = self._read(entry)
            replaced = replaced or bool(old & FRAME)
            frame = old & FRAME if old & FRAME else self.ram.allocate()
            self._write(entry, frame | _bits(protection))
            self._virtual[frame] = page
            if protection & Protection.EXECUTE:
                self.new_code.add(page)
        if replaced or protection & Protection.EXECUTE:  # what wasn't there is in no cache
            self._flush(code=bool(protection & Protection.EXECUTE))

    def protect(self, address: int, size: int, protection: Protection) -> None:
        """New protection for the pages that are there."""
        self._note(protection)
        for page, entry in self._mapped(address, size):
            self._write(entry, self._read(entry) & FRAME | _bits(protection))
            if protection & Protection.EXECUTE:
                self.new_code.add(page)
        self._flush(code=bool(protection & Protection.EXECUTE))

    def unmap(self, address: int, size: int) -> None:
        """Takes the pages away; where nothing is mapped, nothing happens."""
        code = False
        for _, entry in self._mapped(address, size):
            value = self._read(entry)
            code = code or not value & NO_EXECUTE
            self._write(entry, 0)
            self._virtual.pop(value & FRAME, None)
            self.ram.release(value & FRAME)
        self._flush(code=code)

    def move(self, source: int, target: int, size: int) -> None:
        """The pages of a range go elsewhere; the ranges don't overlap, and the target has no pages."""
        for page, entry in self._mapped(source, size):
            value = self._read(entry)
            self._write(self._entry(page - source + target, create=True), value)
            self._write(entry, 0)
            self._virtual[value & FRAME] = page - source + target
            if not value & NO_EXECUTE:
                self.new_code.add(page - source + target)
        self._flush(code=True)

    def map_supervisor(self, address: int, frame: int, *, writable: bool, executable: bool = False) -> None:
        """One ring-0 page in the kernel half, for the CPU's own tables."""
        bits = PRESENT | (WRITABLE if writable else 0) | (0 if executable else NO_EXECUTE)
        self._write(self._entry(address, create=True), frame | bits)
        self._flush()

    def protection(self, address: int) -> Protection | None:
        """What user mode may do at the address, or None where nothing is mapped."""
        if not 0 <= address < USER_END or not (entry := self._entry(address & -PAGE)):
            return None
        value = self._read(entry)
        if not value & FRAME:
            return None
        if not value & PRESENT:
            return Protection.NONE
        allowed = Protection.READ | (Protection.WRITE if value & WRITABLE else Protection.NONE)
        return allowed if value & NO_EXECUTE else allowed | Protection.EXECUTE

    # The kernel's access --------------------------------------------------------------------------

    def copy_in(self, address: int, size: int) -> bytes:
        """Bytes from the guest. Raises BadAddress at the first byte that user mode could not read."""
        if not size:
            return b""
        frame = self._user(address, 0)[0]
        offset = address & (PAGE - 1)
        if offset + size <= PAGE:
            return bytes(self.ram.view[frame + offset : frame + offset + size])
        parts = []
        end = address + size
        while address < end:
            frame = self._user(address, 0)[0]
            offset = address & (PAGE - 1)
            take = min(PAGE - offset, end - address)
            parts.append(bytes(self.ram.view[frame + offset : frame + offset + take]))
            address += take
        return b"".join(parts)

    def code_at(self, address: int, size: int = 16) -> bytes:
        """Up to `size` bytes from an address; fewer where they end at a page that isn't there."""
        pager, self.pager = self.pager, no_pager  # looking must not bring a page in
        try:
            return self.copy_in(address, size)
        except BadAddress as bad:
            return self.copy_in(address, bad.address - address) if bad.address > address else b""
        finally:
            self.pager = pager

    def copy_out(self, address: int, data: bytes) -> None:
        """Bytes to the guest. Raises BadAddress at the first byte that user mode could not write."""
        self._store(address, data, WRITABLE)

    def poke(self, address: int, data: bytes) -> None:
        """Bytes to any mapped user page, also a read-only one: what a loader or a debugger does."""
        self._store(address, data, 0)

    def _store(self, address: int, data: bytes, needed: int) -> None:
        done, code = 0, False
        while done < len(data):
            frame, value, entry = self._user(address + done, needed)
            offset = (address + done) & (PAGE - 1)
            take = min(PAGE - offset, len(data) - done)
            self.ram.view[frame + offset : frame + offset + take] = data[done : done + take]
            self._write(entry, self._read(entry) | DIRTY)
            if not value & NO_EXECUTE:
                code = True
                self.new_code.add((address + done) & -PAGE)
            done += take
        if code:
            self.changed(True)

    def virtual(self, physical: int) -> int:
        """The user address that a physical one is mapped at (0 based where none is)."""
        return self._virtual.get(physical & -PAGE, 0) + (physical & (PAGE - 1))

    def _user(self, address: int, needed: int) -> tuple[int, int, int]:
        """Frame, page-table entry and where that stands, for a user address; marks the page accessed."""
        page = address & -PAGE
        hit = self._translations.get(page) or self._translate(address)
        if hit is None or needed & ~hit[1]:
            wanted = Protection.WRITE if needed & WRITABLE else Protection.READ
            hit = self._translate(address) if self.pager(address, wanted) else None
            if hit is None or needed & ~hit[1]:
                raise BadAddress(address)
        return hit

    def _translate(self, address: int) -> tuple[int, int, int] | None:
        if not 0 <= address < USER_END or not (entry := self._entry(address & -PAGE)):
            return None
        value = self._read(entry)
        if not value & PRESENT or not value & USER:
            return None
        self._write(entry, value | ACCESSED)
        hit = self._translations[address & -PAGE] = (value & FRAME, value, entry)
        return hit

    # Tables ---------------------------------------------------------------------------------------

    def _pages(self, address: int, size: int) -> range:
        if address % PAGE or size % PAGE or not 0 <= address <= address + size <= USER_END:
            raise ValueError(f"not a page-aligned user range: {address:#x} + {size:#x}")
        return range(address, address + size, PAGE)

    def _mapped(self, address: int, size: int) -> Iterator[tuple[int, int]]:
        """The range's pages that are there, with their entries; tables that are missing cost nothing."""
        end = self._pages(address, size).stop
        while address < end:
            table = self.root
            for shift in (39, 30, 21):
                value = self._read(table + 8 * (address >> shift & 511))
                if not value & PRESENT:
                    address = ((address >> shift) + 1) << shift
                    break
                table = value & FRAME
            else:
                stop = min(end, (address | 0x1F_FFFF) + 1)
                for page in range(address, stop, PAGE):
                    entry = table + 8 * (page >> 12 & 511)
                    if self._read(entry) & FRAME:
                        yield page, entry
                address = stop

    def _entry(self, address: int, *, create: bool = False) -> int:
        """The physical address of the last-level entry for the address; 0 where a table is missing."""
        table = self.root
        for shift in (39, 30, 21):
            at = table + 8 * (address >> shift & 511)
            value = self._read(at)
            if not value & PRESENT:
                if not create:
                    return 0
                value = self.ram.allocate() | PRESENT | WRITABLE | USER
                self._write(at, value)
            table = value & FRAME
        return table + 8 * (address >> 12 & 511)

    def _read(self, at: int) -> int:
        value: int = _ENTRY.unpack_from(self.ram.view, at)[0]
        return value

    def _write(self, at: int, value: int) -> None:
        _ENTRY.pack_into(self.ram.view, at, value)

    def _note(self, protection: Protection) -> None:
        both = Protection.WRITE | Protection.EXECUTE
        self.writable_code = self.writable_code or protection & both == both

    def _flush(self, *, code: bool = False) -> None:
        self._translations.clear()
        self.changed(code)


def _bits(protection: Protection) -> int:
    """A page-table entry's bits, without the frame."""
    if protection == Protection.NONE:
        return USER | NO_EXECUTE  # not present, but the frame stays: PROT_NONE
    writable = WRITABLE if protection & Protection.WRITE else 0
    return PRESENT | USER | writable | (0 if protection & Protection.EXECUTE else NO_EXECUTE)
