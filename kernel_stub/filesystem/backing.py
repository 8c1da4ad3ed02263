"""The file behind a mapping, page by page (mmap(2); Linux: mm/filemap.c)."""

from __future__ import annotations

from typing import NamedTuple

from kernel_stub.filesystem.contents import PAGE
from kernel_stub.filesystem.inodes import Inode
from kernel_stub.filesystem.tree import FileSystem
from kernel_stub.outcomes import Errno


class Backing(NamedTuple):
    """A regular file that a region shows; `writable` says whether a shared region may ever be written to."""

    files: FileSystem
    inode: Inode
    writable: bool

    @property
    def size(self) -> int:
        """How many bytes the file has."""
        return self.files.size(self.inode)

    def page(self, offset: int) -> bytes | None:
        """A page of the file, with zeros behind its end; None for one that lies behind the end altogether."""
        contents = self.files.contents(self.inode)
        return contents.read(offset, PAGE).ljust(PAGE, b"\0") if offset < contents.size else None

    def release(self) -> None:
        """A region doesn't show it any more, which has been counted: without name and users, the file goes."""
        self.files.unmapped(self.inode)

    def store(self, offset: int, data: bytes) -> None:
        """A page's bytes go into the file, up to its end. What finds no room there is lost."""
        contents = self.files.contents(self.inode)
        data = data[: max(contents.size - offset, 0)]
        if data != contents.read(offset, len(data)):
            try:
                self.files.write(self.inode, offset, data)
            except Errno:
                return
