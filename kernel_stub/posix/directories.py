"""The working directory (POSIX: chdir(2), fchdir(2))."""

from __future__ import annotations

from kernel_stub.filesystem.inodes import SEARCH, Inode
from kernel_stub.filesystem.lookup import require
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Fd, Int
from kernel_stub.outcomes import Errno
from kernel_stub.path_kinds import Path
from kernel_stub.posix import paths


def chdir(kernel: Kernel, path: Path) -> Int:
    """Start relative paths at another directory."""
    inode = paths.file(kernel, path)
    if not inode.is_directory:
        raise Errno("ENOTDIR")
    return _enter(kernel, inode)


def fchdir(kernel: Kernel, fd: Fd) -> Int:
    """Start relative paths at an open directory."""
    return _enter(kernel, paths.directory_of(kernel, fd))


def _enter(kernel: Kernel, inode: Inode) -> int:
    require(kernel, inode, SEARCH)
    kernel.process.cwd = inode
    return 0
