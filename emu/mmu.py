"""Address spaces: 4-level page tables in guest RAM, which the CPU walks, and the kernel's access to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emu import page_tables
from emu.page_tables import (
    ACCESSED,
    COPY,
    DIRTY,
    FRAME,
    MAY_WRITE,
    NO_EXECUTE,
    PRESENT,
    USER,
    WRITABLE,
    Ranges,
    bits,
    protected,
)
from emu.ram import PAGE, Ram
from kernel_stub.cpu import BadAddress, Pager, Protection, no_pager

USER_END = 0x7FFF_FFFF_F000  # TASK_SIZE: the last page below the hole stays unmapped, as on Linux
KERNEL_BASE = 0xFFFF_8000_0000_0000


class _Known:
    """What is kept about one address space besides its tables: walks, the pages of frames, code not yet seen."""

    __slots__ = ("new_code", "translations", "virtual")

    def __init__(self, virtual: dict[int, int], new_code: set[int]) -> None:
        self.translations: dict[int, tuple[int, int, int]] = {}
        self.virtual, self.new_code = virtual, new_code


class AddressSpace:
    """The page tables at `root` (CR3), of which there may be more: `fork` and `use`. Implements
    kernel_stub.cpu.Memory, for the space in use.

    The tables in RAM are the only truth; `_translations` caches walks and is dropped at each change.
    `changed(code)` is called after a change of mappings, and with True where the bytes of executable
    pages may have changed, so that the CPU drops what it has cached.
    """

    def __init__(self, ram: Ram) -> None:
        self.ram = ram
        self.root = ram.allocate()
        self.changed: Callable[[bool], None] = lambda code: None
        self.pager: Pager = no_pager
        self._spaces = {self.root: _Known({}, set())}
        self.writable_code = False  # some page may have been writable and executable at once
        self._enter(self.root)

    def _enter(self, root: int) -> None:
        known = self._spaces[root]
        self.root = root
        self._translations, self._virtual = known.translations, known.virtual
        self.new_code = known.new_code  # pages that became executable or were changed by the kernel

    # Several address spaces -----------------------------------------------------------------------

    def fork(self, shared: Ranges = ()) -> int:
        """See `cpu.Memory`."""
        new = page_tables.fork(self.ram, self.root, shared)
        self._spaces[new] = _Known(dict(self._virtual), set(self.new_code))
        self._flush()
        return new

    def use(self, root: int) -> None:
        """See `cpu.Memory`. Raises KeyError for a space that there isn't."""
        if root != self.root:
            self._enter(root)
            self._flush()

    def release(self, root: int) -> None:
        """See `cpu.Memory`."""
        assert root != self.root
        del self._spaces[root]
        if page_tables.release(self.ram, root):
            self._flush(code=True)

    def unshare(self, address: int) -> bool:
        """See `cpu.Memory`."""
        at = self._entry(address & -PAGE) if 0 <= address < USER_END else 0
        value = self._read(at) if at else 0
        if not value & PRESENT or not value & MAY_WRITE:
            return False
        self._own(address & -PAGE, at, value)
        return True

    def _own(self, page: int, at: int, value: int) -> int:
        """A page gets a frame that nobody else uses, with the same bytes; the new entry."""
        frame, view = value & FRAME, self.ram.view
        if frame in self.ram.others:
            new = self.ram.allocate()
            view[new : new + PAGE] = view[frame : frame + PAGE]
            self.ram.release(frame)
            self._virtual.pop(frame, None)
            self._virtual[new] = page
            value = value & ~FRAME | new
        value &= ~COPY
        if value & MAY_WRITE:
            value ^= MAY_WRITE | WRITABLE
        self._write(at, value)
        self._flush(code=not value & NO_EXECUTE)
        return value

    def frame(self, address: int) -> int | None:
        """See `cpu.Memory`."""
        at = self._entry(address & -PAGE) if 0 <= address < USER_END else 0
        return self._read(at) & FRAME or None if at else None

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
            value = protected(old, protection) if old & FRAME else self.ram.allocate() | bits(protection)
            self._write(entry, value)
            self._virtual[value & FRAME] = page
            if protection & Protection.EXECUTE:
                self.new_code.add(page)
        if replaced or protection & Protection.EXECUTE:  # what wasn't there is in no cache
            self._flush(code=bool(protection & Protection.EXECUTE))

    def protect(self, address: int, size: int, protection: Protection) -> None:
        """New protection for the pages that are there."""
        self._note(protection)
        for page, entry in self._mapped(address, size):
            self._write(entry, protected(self._read(entry), protection))
            if protection & Protection.EXECUTE:
                self.new_code.add(page)
        self._flush(code=bool(protection & Protection.EXECUTE))

    def unmap(self, address: int, size: int) -> None:
        """Takes the pages away; where nothing is mapped, nothing happens."""
        code = False
        for _, entry in self._mapped(address, size):
            value = self._read(entry)
            self._write(entry, 0)
            self._virtual.pop(value & FRAME, None)
            if self.ram.release(value & FRAME) and not value & NO_EXECUTE:
                code = True
        self._flush(code=code)

    def move(self, source: int, target: int, size: int) -> None:
        """The pages of a range go elsewhere; the ranges don't overlap, and the target has no pages.
        Raises MemoryError, and then nothing has moved."""
        pages = list(self._mapped(source, size))
        entries = [self._entry(page - source + target, create=True) for page, _ in pages]
        for (page, entry), new in zip(pages, entries, strict=True):
            value = self._read(entry)
            self._write(new, value)
            self._write(entry, 0)
            self._virtual[value & FRAME] = page - source + target
            if not value & NO_EXECUTE:
                self.new_code.add(page - source + target)
        self._flush(code=True)

    def map_supervisor(self, address: int, frame: int, *, writable: bool, executable: bool = False) -> None:
        """One ring-0 page in the kernel half, for the CPU's own tables."""
        flags = PRESENT | (WRITABLE if writable else 0) | (0 if executable else NO_EXECUTE)
        self._write(self._entry(address, create=True), frame | flags)
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
        allowed = Protection.READ | (Protection.WRITE if value & (WRITABLE | MAY_WRITE) else Protection.NONE)
        return allowed if value & NO_EXECUTE else allowed | Protection.EXECUTE

    def clear_accessed(self) -> None:
        """Clears the accessed and dirty bits of all user pages, as Linux does for /proc/PID/clear_refs."""
        for _, entry in self._mapped(0, USER_END):
            self._write(entry, self._read(entry) & ~(ACCESSED | DIRTY))
        self._flush()

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
        """Up to `size` bytes from an address; fewer where they end at a page that isn't there. This is how the
        emulator looks, not how anybody in it does: no page is brought in, and none is marked accessed."""
        data = b""
        while len(data) < size:
            at = address + len(data)
            hit = self._translations.get(at & -PAGE) or self._translate(at)
            if hit is None:
                break
            start = hit[0] + (at & (PAGE - 1))
            data += bytes(self.ram.view[start : min(start + size - len(data), hit[0] + PAGE)])
        return data

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
            if value & COPY:
                frame = self._own((address + done) & -PAGE, entry, value) & FRAME
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
        hit = self._translations.get(address & -PAGE)
        if hit is None or not hit[1] & ACCESSED:
            hit = self._translate(address, ACCESSED)
        if hit is None or needed & ~hit[1]:
            wanted = Protection.WRITE if needed & WRITABLE else Protection.READ
            hit = self._translate(address, ACCESSED) if self.pager(address, wanted) else None
            if hit is None or needed & ~hit[1]:
                raise BadAddress(address)
        return hit

    def _translate(self, address: int, mark: int = 0) -> tuple[int, int, int] | None:
        """As `_user`, or None; the entry gets the bits of `mark`."""
        if not 0 <= address < USER_END or not (entry := self._entry(address & -PAGE)):
            return None
        value = self._read(entry)
        if not value & PRESENT or not value & USER:
            return None
        if mark & ~value:
            value |= mark
            self._write(entry, value)
        hit = self._translations[address & -PAGE] = (value & FRAME, value, entry)
        return hit

    # Tables ---------------------------------------------------------------------------------------

    def _pages(self, address: int, size: int) -> range:
        if address % PAGE or size % PAGE or not 0 <= address <= address + size <= USER_END:
            raise ValueError(f"not a page-aligned user range: {address:#x} + {size:#x}")
        return range(address, address + size, PAGE)

    def _mapped(self, address: int, size: int) -> Iterator[tuple[int, int]]:
        return page_tables.mapped(self.ram, self.root, address, self._pages(address, size).stop)

    def _entry(self, address: int, *, create: bool = False) -> int:
        return page_tables.entry(self.ram, self.root, address, create=create)

    def _read(self, at: int) -> int:
        return self.ram.words[at >> 3]

    def _write(self, at: int, value: int) -> None:
        self.ram.words[at >> 3] = value

    def _note(self, protection: Protection) -> None:
        both = Protection.WRITE | Protection.EXECUTE
        self.writable_code = self.writable_code or protection & both == both

    def _flush(self, *, code: bool = False) -> None:
        self._translations.clear()
        self.changed(code)
