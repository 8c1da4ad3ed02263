"""A guest memory of a few pages, for kernel tests and experiments without a machine."""

from __future__ import annotations

from dataclasses import dataclass

from kernel_stub.cpu import BadAddress, Pager, Protection, no_pager

PAGE = 0x1000
READ_WRITE = Protection.READ | Protection.WRITE


@dataclass(slots=True)
class Page:
    """A page's bytes and what user mode may do with them."""

    data: bytearray
    protection: Protection


class PageMemory:
    """`cpu.Memory` over separate pages. Addresses are 64-bit and don't wrap."""

    def __init__(self) -> None:
        self.pages: dict[int, Page] = {}
        self.pager: Pager = no_pager

    def map(self, address: int, size: int, protection: Protection = READ_WRITE) -> None:
        """See `cpu.Memory`."""
        for number in range(address // PAGE, (address + size - 1) // PAGE + 1):
            if number in self.pages:
                self.pages[number].protection = protection
            else:
                self.pages[number] = Page(bytearray(PAGE), protection)

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
            self.pages[index // PAGE].data[index % PAGE] = byte

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
            if page and page.protection and (wanted == Protection.READ or page.protection & wanted):
                return page
            if not self.pager(address, wanted):
                break
        raise BadAddress(address)

    def _numbers(self, address: int, size: int) -> list[int]:
        first, end = address // PAGE, (address + size) // PAGE
        if end - first > len(self.pages):
            return [number for number in self.pages if first <= number < end]
        return [number for number in range(first, end) if number in self.pages]
