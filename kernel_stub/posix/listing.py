"""Listing a directory: each system has entries of its own form (Linux: getdents64(2), Darwin: getdirentries(2))."""

from __future__ import annotations

from collections.abc import Callable

from kernel_stub import user
from kernel_stub.filesystem.inodes import Inode
from kernel_stub.filesystem.open_files import DirectoryFile
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Errno

Entry = Callable[[int, bytes, Inode], bytes]  # from the place behind it, its name and its file


def opened(kernel: Kernel, fd: int, refusal: str = "ENOTDIR") -> DirectoryFile:
    """The directory that a descriptor stands for. Raises Errno EBADF, or the one for what is none."""
    file = kernel.process.files.get(fd).open_file.file
    if not isinstance(file, DirectoryFile):
        raise Errno(refusal)
    return file


def fill(kernel: Kernel, fd: int, buf: int, count: int, entry: Entry) -> int:
    """Write entries to the guest, as many as fit; the number of bytes.
    Raises Errno EINVAL where not even one fits, ENOENT in a directory that has been removed, EFAULT.
    """
    file = opened(kernel, fd)
    if not file.inode.nlink:
        raise Errno("ENOENT")
    done = 0
    for place, name, inode in file.listing():
        data = entry(place, name, inode)
        if done + len(data) > count:
            if not done:
                raise Errno("EINVAL")
            break
        try:
            user.write(kernel.memory, buf + done, data)
        except Errno:
            if not done:
                raise
            break
        file.offset = place
        done += len(data)
    return done
