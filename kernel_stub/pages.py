"""A guest memory of a few pages, for kernel tests and experiments without a machine."""

from __future__ import annotations

from kernel_stub.cpu import BadAddress

PAGE = 0x1000


class PageMemory:
    """`cpu.Memory` over separate pages, each readable, some writable. Addresses are 64-bit and don't wrap."""

    def __init__(self) -> None:
        self.pages: dict[int, bytearray] = {}
        self.readonly: set[int] = set()

    def map(self, address: int, size: int, *, writable: bool = True) -> None:
        """Make the pages of a range usable, filled with zeros."""
        for page in range(address // PAGE, (address + size - 1) // PAGE + 1):
            self.pages[page] = bytearray(PAGE)
            if not writable:
                self.readonly.add(page)

    def poke(self, address: int, data: bytes) -> None:
        """Set bytes whatever the protection. Raises KeyError outside the pages."""
        for index, byte in enumerate(data, address):
            self.pages[index // PAGE][index % PAGE] = byte

    def copy_in(self, address: int, size: int) -> bytes:
        """See `cpu.Memory`."""
        data = bytearray()
        while len(data) < size:
            page, offset = divmod(address + len(data), PAGE)
            if page not in self.pages:
                raise BadAddress(address + len(data))
            data += self.pages[page][offset : offset + size - len(data)]
        return bytes(data)

    def copy_out(self, address: int, data: bytes) -> None:
        """See `cpu.Memory`."""
        done = 0
        while done < len(data):
            page, offset = divmod(address + done, PAGE)
            if page not in self.pages or page in self.readonly:
                raise BadAddress(address + done)
            piece = data[done : done + PAGE - offset]
            self.pages[page][offset : offset + len(piece)] = piece
            done += len(piece)
