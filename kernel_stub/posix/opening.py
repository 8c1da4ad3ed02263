"""Opening files by their paths (POSIX: open(2); Linux: fs/namei.c do_open, xnu: bsd/vfs/vfs_vnops.c vn_open)."""

from __future__ import annotations

from typing import NamedTuple

from kernel_stub.files import File, OpenFile
from kernel_stub.filesystem.initial import TERMINAL
from kernel_stub.filesystem.inodes import PERMISSIONS, READ, S_IFREG, SEARCH, WRITE, Inode
from kernel_stub.filesystem.lookup import Found, Last, effective, find, require
from kernel_stub.filesystem.open_files import Device, DirectoryFile, RegularFile
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Errno
from kernel_stub.posix import regular


class How(NamedTuple):
    """A call's flags: what is wanted, apart from the bits that say so; `status` are those that F_GETFL gives."""

    readable: bool
    writable: bool
    wanted: int
    create: bool
    exclusive: bool
    truncate: bool
    directory: bool
    follow: bool
    close_on_exec: bool
    status: int


def how(kernel: Kernel, flags: int, status: int) -> How:
    """A system's flag word; `status` are its bits that stay with the open file."""
    bit = kernel.personality.constants
    mode, create = flags & bit["O_ACCMODE"], bool(flags & bit["O_CREAT"])
    exclusive, truncate = create and bool(flags & bit["O_EXCL"]), bool(flags & bit["O_TRUNC"])
    return How(
        readable=mode in (0, 2),
        writable=mode in (1, 2),
        wanted=(0 if mode == 1 else READ) | (WRITE if mode or truncate else 0),
        create=create,
        exclusive=exclusive,
        truncate=truncate,
        directory=bool(flags & bit["O_DIRECTORY"]),
        follow=not (exclusive or flags & bit["O_NOFOLLOW"]),
        close_on_exec=bool(flags & bit["O_CLOEXEC"]),
        status=flags & status,
    )


def open_path(kernel: Kernel, path: bytes, base: Inode | None, how: How, mode: int) -> int:
    """Open a file, or make it; the descriptor. Raises Errno."""
    kernel.process.files.check_room()
    last = Last.STAY if not how.follow else Last.MAKE if how.create else Last.FOLLOW
    if how.create and path.endswith(b"/") and path.strip(b"/"):
        find(kernel, path, base, Last.NAME)
        raise Errno(kernel.filesystem.rules.create_slash)
    found = find(kernel, path, base, last)
    inode = found.inode
    if inode is None:
        inode = _made(kernel, found, how, mode)
    else:
        _check(kernel, found, inode, how)
        if how.truncate and inode.is_regular:
            kernel.filesystem.truncate(inode, 0)
            regular.after_change(kernel, inode)
            regular.drop_privileges(kernel, inode)
    opened = _opened(kernel, inode)
    entry = OpenFile(opened, how.readable, how.writable, how.status)
    return kernel.process.files.install(entry, close_on_exec=how.close_on_exec)


def _made(kernel: Kernel, found: Found, how: How, mode: int) -> Inode:
    """A new regular file, which its maker may use whatever its permissions are. Raises Errno."""
    if not how.create:
        raise Errno("ENOENT")
    require(kernel, found.directory, WRITE | SEARCH)
    mode &= PERMISSIONS & ~kernel.process.umask
    inode = kernel.filesystem.make(found.directory, found.name, S_IFREG | mode, *effective(kernel))
    kernel.filesystem.contents(inode)
    return inode


def _check(kernel: Kernel, found: Found, inode: Inode, how: How) -> None:
    """That a file that is there may be opened so. Raises Errno."""
    if how.exclusive:
        raise Errno("EEXIST")
    if inode.is_directory and (how.create and kernel.filesystem.rules.create_refuses_directory):
        raise Errno("EISDIR")
    if how.directory and not inode.is_directory:
        raise Errno("ENOTDIR")
    if inode.is_link:
        raise Errno("ELOOP")
    if inode.is_directory and how.wanted & WRITE:
        raise Errno("EISDIR")
    require(kernel, inode, how.wanted)


def _opened(kernel: Kernel, inode: Inode) -> File:
    """What the descriptor will stand for."""
    files = kernel.filesystem
    if inode.driver == TERMINAL:
        return kernel.terminal
    if inode.driver:
        opened = Device(files, inode, randomness=kernel.process.randomness if inode.driver == "random" else None)
    elif inode.is_directory:
        return _counted(DirectoryFile(files, inode))
    else:
        files.contents(inode)  # the host's bytes come now, or the host refuses
        return _counted(RegularFile(files, inode))
    return _counted(opened)


def _counted(file: Device | DirectoryFile | RegularFile) -> File:
    file.inode.opens += 1
    return file
