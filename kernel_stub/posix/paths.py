"""From a call's path argument to files: what handlers of both systems begin with."""

from __future__ import annotations

from kernel_stub import user
from kernel_stub.filesystem.inodes import S_ISVTX, SEARCH, WRITE, Inode
from kernel_stub.filesystem.lookup import Found, Ids, Last, effective, existing, find, named, require
from kernel_stub.filesystem.open_files import InodeFile
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Errno


def text(kernel: Kernel, pointer: int) -> bytes:
    """The path behind a pointer. Raises Errno EFAULT, ENAMETOOLONG, or ENOENT for an empty one."""
    return user.path(kernel.memory, pointer, kernel.filesystem.rules.path_max)


def file(kernel: Kernel, pointer: int, last: Last = Last.FOLLOW, ids: Ids | None = None) -> Inode:
    """The file that a path leads to."""
    return existing(kernel, text(kernel, pointer), None, last, ids)


def directory_of(kernel: Kernel, fd: int) -> Inode:
    """The directory that a descriptor stands for. Raises Errno EBADF, ENOTDIR."""
    opened = kernel.process.files.get(fd).open_file.file
    if not isinstance(opened, InodeFile) or not opened.inode.is_directory:
        raise Errno("ENOTDIR")
    return opened.inode


def free_name(kernel: Kernel, path: bytes, base: Inode | None = None, *, directory: bool = False) -> Found:
    """A name to be made, where there is none and the caller may make one (Linux: filename_create, may_create).

    Raises Errno EEXIST, EROFS, EACCES, and ENOENT for `name/` unless a directory is to be made.
    """
    found = find(kernel, path, base, Last.NAME)
    if found.special or (found := named(kernel, found)).inode is not None:
        raise Errno("EEXIST")
    if found.slash and not directory:
        raise Errno("ENOENT")
    require(kernel, found.directory, WRITE | SEARCH)
    return found


def may_remove(kernel: Kernel, directory: Inode, victim: Inode) -> None:
    """That the caller may take a name away (Linux: may_delete). Raises Errno EACCES, EROFS, EPERM."""
    require(kernel, directory, WRITE | SEARCH)
    uid = effective(kernel).uid
    if directory.mode & S_ISVTX and uid not in (0, victim.uid, directory.uid):
        raise Errno("EPERM")
