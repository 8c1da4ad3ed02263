"""The bytes of a regular file: pages that were written, and holes between them, which read as zeros."""

from __future__ import annotations

from collections.abc import Iterator

PAGE = 0x1000
ZEROS = bytes(PAGE)


class Contents:
    """`size` bytes. A copy shares the pages, which never change: a checkpoint costs next to nothing."""

    __slots__ = ("pages", "size")

    def __init__(self, data: bytes = b"") -> None:
        self.size = 0
        self.pages: dict[int, bytes] = {}
        self.write(0, data)

    def __deepcopy__(self, memo: dict[int, object]) -> Contents:
        other = Contents()
        other.size, other.pages = self.size, self.pages.copy()
        return other

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes; fewer at the end of the file."""
        end = min(offset + count, self.size)
        if offset >= end:
            return b""
        first, last = offset // PAGE, (end - 1) // PAGE
        data = b"".join([self.pages.get(index, ZEROS) for index in range(first, last + 1)])
        return data[offset - first * PAGE : end - first * PAGE]

    def write(self, offset: int, data: bytes) -> None:
        """Put bytes at an offset, beyond the end too."""
        done = 0
        while done < len(data):
            index, inside = divmod(offset + done, PAGE)
            piece = data[done : done + PAGE - inside]
            old = self.pages.get(index, ZEROS)
            self.pages[index] = old[:inside] + piece + old[inside + len(piece) :]
            done += len(piece)
        if data:
            self.size = max(self.size, offset + len(data))

    def new_pages(self, offset: int, count: int) -> int:
        """How many pages a write there would add."""
        if not count:
            return 0
        return sum(index not in self.pages for index in range(offset // PAGE, (offset + count - 1) // PAGE + 1))

    def truncate(self, size: int) -> None:
        """Another size: what is cut off is gone, what is added is a hole."""
        if size < self.size:
            index, inside = divmod(size, PAGE)
            for gone in [page for page in self.pages if page > index or (page == index and not inside)]:
                del self.pages[gone]
            if index in self.pages:
                self.pages[index] = self.pages[index][:inside].ljust(PAGE, b"\0")
        self.size = size

    def next_data(self, offset: int) -> int | None:
        """The first offset from there on that isn't in a hole, or None."""
        if offset // PAGE in self.pages and offset < self.size:
            return offset
        later = [page for page in self.pages if page * PAGE > offset]
        return min(later) * PAGE if later else None

    def next_hole(self, offset: int) -> int:
        """The first offset from there on that is in a hole; the end of the file counts as one."""
        index = offset // PAGE
        while index in self.pages:
            index += 1
        return min(max(index * PAGE, offset), self.size)

    def chunks(self) -> Iterator[bytes]:
        """All bytes, in pieces."""
        for offset in range(0, self.size, 1 << 20):
            yield self.read(offset, 1 << 20)
