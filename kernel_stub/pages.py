"""Guest memories of a few pages, for kernel tests and experiments without a machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kernel_stub.cpu import BadAddress, Pager, Protection, no_pager

PAGE = 0x1000
READ_WRITE = Protection.READ | Protection.WRITE


@dataclass(slots=True)
class Page:
    """A page's bytes, which several spaces may have, and what user mode may do with them."""

    data: bytearray
    protection: Protection
    frame: int  # which bytes these are
    copy: bool = False  # others may have the same bytes: a write needs a copy first


class PageMemory:
    """`cpu.Memory` over separate pages, `room` of them at most in all spaces. Addresses are 64-bit and don't wrap."""

    def __init__(self, room: int = 1 << 18) -> None:
        self.room = room
        self.pages: dict[int, Page] = {}
        self.pager: Pager = no_pager
        self.root = 1
        self._spaces = {self.root: self.pages}
        self._newest = self.root
        self._frames = 0

    def fork(self, shared: Sequence[tuple[int, int]] = ()) -> int:
        """See `cpu.Memory`. Raises MemoryError."""
        self._take(len(self.pages))
        new: dict[int, Page] = {}
        for number, page in self.pages.items():
            page.copy = not any(low <= number * PAGE < high for low, high in shared)
            new[number] = replace(page)
        self._newest += 1
        self._spaces[self._newest] = new
        return self._newest

    def use(self, root: int) -> None:
        """See `cpu.Memory`."""
        self.root, self.pages = root, self._spaces[root]

    def release(self, root: int) -> None:
        """See `cpu.Memory`."""
        assert root != self.root
        del self._spaces[root]

    def unshare(self, address: int) -> bool:
        """See `cpu.Memory`."""
        page = self.pages.get(address // PAGE)
        if page is None or not page.copy or not page.protection & Protection.WRITE:
            return False
        self._own(page)
        return True

    def _take(self, count: int) -> None:
        if sum(map(len, self._spaces.values())) + count > self.room:
            raise MemoryError(f"guest memory of {self.room} pages is full")

    def _own(self, page: Page) -> None:
        page.data, page.frame, page.copy = bytearray(page.data), self._new_frame(), False

    def _new_frame(self) -> int:
        self._frames += 1
        return self._frames

    def frame(self, address: int) -> int | None:
        """See `cpu.Memory`."""
        page = self.pages.get(address // PAGE)
        return page.frame if page else None

    def map(self, address: int, size: int, protection: Protection = READ_WRITE) -> None:
        """See `cpu.Memory`. Raises MemoryError."""
        for number in range(address // PAGE, (address + size - 1) // PAGE + 1):
            if number in self.pages:
                self.pages[number].protection = protection
            else:
                self._take(1)
                self.pages[number] = Page(bytearray(PAGE), protection, self._new_frame())

    def protect(self, address: int, size: int, protection: Protection) -> None:
        """See `cpu.Memory`."""
        for number in self._numbers(address, size):
            self.pages[number].protection = protection

    def unmap(self, address: int, size: int) -> None:
        """See `cpu.Memory`."""
        for number in self._numbers(address, size):
            del self.pages[number]

    def move(self, source: int, target: int, size: int) -> None:
        """See `cpu.Memory`."""
        for number in self._numbers(source, size):
            self.pages[number + (target - source) // PAGE] = self.pages.pop(number)

    def protection(self, address: int) -> Protection | None:
        """See `cpu.Memory`."""
        page = self.pages.get(address // PAGE)
        return page.protection if page else None

    def poke(self, address: int, data: bytes) -> None:
        """Set bytes whatever the protection. Raises KeyError outside the pages."""
        for index, byte in enumerate(data, address):
            page = self.pages[index // PAGE]
            if page.copy:
                self._own(page)
            page.data[index % PAGE] = byte

    def copy_in(self, address: int, size: int) -> bytes:
        """See `cpu.Memory`."""
        data = bytearray()
        while len(data) < size:
            page = self._page(address + len(data), Protection.READ)
            offset = (address + len(data)) % PAGE
            data += page.data[offset : offset + size - len(data)]
        return bytes(data)

    def copy_out(self, address: int, data: bytes) -> None:
        """See `cpu.Memory`."""
        done = 0
        while done < len(data):
            page = self._page(address + done, Protection.WRITE)
            offset = (address + done) % PAGE
            piece = data[done : done + PAGE - offset]
            page.data[offset : offset + len(piece)] = piece
            done += len(piece)

    def _page(self, address: int, wanted: Protection) -> Page:
        """The page at the address, for an access. Every protection but NONE lets user mode read."""
        for _ in range(2):
            page = self.pages.get(address // PAGE)
            if page and page.protection and (wanted == Protection.READ or (page.protection & wanted and not page.copy)):
                return page
            if not self.pager(address, wanted) and not (wanted == Protection.WRITE and self.unshare(address)):
                break
        raise BadAddress(address)

    def _numbers(self, address: int, size: int) -> list[int]:
        first, end = address // PAGE, (address + size) // PAGE
        if end - first > len(self.pages):
            return [number for number in self.pages if first <= number < end]
        return [number for number in range(first, end) if number in self.pages]
