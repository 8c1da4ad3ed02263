"""What a view may know of guest memory at each step: bytes that the run read, wrote, or had at its start.

Kept page by page, with a mask of the bytes that are known. A view rebuilds the same from a checkpoint and the
accesses of the steps behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from emu.ram import PAGE

if TYPE_CHECKING:
    from emu.machine import Machine

WORD = 8
_KNOWN = 0xFF


class KnownMemory:
    """Bytes by address. `mark` begins a chunk: `words` then answers as of the mark."""

    def __init__(self) -> None:
        self._pages: dict[int, tuple[bytearray, bytearray]] = {}
        self._marked: dict[int, tuple[bytes, bytes]] = {}  # pages as of the mark, if they changed since

    def copy(self) -> KnownMemory:
        """The same bytes, to be changed apart; with a mark of its own."""
        made = KnownMemory()
        made._pages = {page: (bytearray(held), bytearray(mask)) for page, (held, mask) in self._pages.items()}
        return made

    def mark(self) -> None:
        """From here on, `words` answers with what is known now."""
        self._marked.clear()

    def store(self, address: int, data: bytes) -> None:
        """These bytes lie there now."""
        done = 0
        while done < len(data):
            page, offset = (address + done) & -PAGE, (address + done) % PAGE
            part = data[done : done + PAGE - offset]
            held, mask = self._page(page)
            held[offset : offset + len(part)] = part
            mask[offset : offset + len(part)] = bytes((_KNOWN,)) * len(part)
            done += len(part)

    def differing(self, machine: Machine, pages: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Words of these pages that the kernel changed, as they are in the machine now; and stores them."""
        for page in pages:
            if page not in self._pages:
                continue
            actual = read(machine, page, PAGE)
            held, mask = self._pages[page]
            known = int.from_bytes(mask, "little")
            if len(actual) < PAGE or int.from_bytes(actual, "little") & known == int.from_bytes(held, "little"):
                continue
            for at in range(0, PAGE, WORD):
                part, bits = actual[at : at + WORD], mask[at : at + WORD]
                if any(bits) and bytes(a & b for a, b in zip(part, bits, strict=True)) != held[at : at + WORD]:
                    self.store(page + at, part)
                    yield page + at, part

    def words(self, starts: Iterable[int]) -> Iterator[tuple[int, bytes, bytes]]:
        """Address, bytes and mask of those aligned words of which anything was known at the mark."""
        for start in starts:
            page, at = start & -PAGE, start % PAGE
            held, mask = self._marked.get(page) or self._pages.get(page) or (b"", b"")
            if any(mask[at : at + WORD]):
                yield start, bytes(held[at : at + WORD]), bytes(mask[at : at + WORD])

    def _page(self, page: int) -> tuple[bytearray, bytearray]:
        """The page to be changed; as it was at the mark is kept."""
        found = self._pages.get(page)
        if found is None:
            found = self._pages[page] = bytearray(PAGE), bytearray(PAGE)
        if page not in self._marked:
            self._marked[page] = bytes(found[0]), bytes(found[1])
        return found


def read(machine: Machine, address: int, size: int) -> bytes:
    """The bytes from `address` up to the first that is not mapped, at most `size`."""
    return machine.space.code_at(address, size)
