"""What stat tells, before a system puts it into its own struct."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kernel_stub.filesystem.contents import PAGE
from kernel_stub.filesystem.inodes import Inode
from kernel_stub.filesystem.open_files import InodeFile
from kernel_stub.pipes import ReadEnd, WriteEnd

if TYPE_CHECKING:
    from kernel_stub.files import OpenFile
    from kernel_stub.kernel import Kernel

SECTOR = 512
ENTRY = 20  # bytes that a name takes in a directory's size


class Status(NamedTuple):
    """`blocks` are of 512 bytes, times in nanoseconds since 1970."""

    dev: int
    ino: int
    mode: int
    nlink: int
    uid: int
    gid: int
    rdev: int
    size: int
    blocks: int
    atime: int
    mtime: int
    ctime: int


def of_inode(kernel: Kernel, inode: Inode) -> Status:
    """A file of the tree."""
    size = blocks = 0
    if inode.is_regular:
        size = kernel.filesystem.size(inode)
        pages = len(inode.contents.pages) if inode.contents is not None else -(-size // PAGE)
        blocks = pages * PAGE // SECTOR
    elif inode.is_directory:
        size = ENTRY * (2 + len(kernel.filesystem.entries(inode)))
    elif inode.is_link:
        size = len(inode.target or b"")
    return Status(
        inode.dev, inode.number, inode.mode, inode.nlink, inode.uid, inode.gid, inode.rdev, size, blocks,
        inode.atime, inode.mtime, inode.ctime,
    )  # fmt: skip


def of_open_file(kernel: Kernel, open_file: OpenFile) -> Status:
    """An open file: of the tree, a pipe, or the terminal."""
    return of_inode(kernel, inode_of(kernel, open_file))


def inode_of(kernel: Kernel, open_file: OpenFile) -> Inode:
    """What an open file is: a file of the tree, a pipe, or the terminal's device."""
    match open_file.file:
        case InodeFile(inode=inode):
            return inode
        case ReadEnd(pipe=pipe) | WriteEnd(pipe=pipe) if pipe.inode is not None:
            return pipe.inode
    return kernel.filesystem.inodes[kernel.filesystem.terminal]
