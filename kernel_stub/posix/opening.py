"""Opening files by their paths (POSIX: open(2); Linux: fs/namei.c do_open, xnu: bsd/vfs/vfs_vnops.c vn_open)."""

from __future__ import annotations

from kernel_stub.files import File, OpenFile
from kernel_stub.filesystem.initial import TERMINAL
from kernel_stub.filesystem.inodes import PERMISSIONS, S_IFIFO, S_IFREG, SEARCH, WRITE, Inode
from kernel_stub.filesystem.lookup import Found, Last, effective, find, require
from kernel_stub.filesystem.open_files import Device, DirectoryFile, RegularFile
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Blocked, Errno, Restart
from kernel_stub.posix import fifos, regular
from kernel_stub.posix.flags import How


def open_path(
    kernel: Kernel, path: bytes, base: Inode | None, how: How, mode: int
) -> int | Blocked | Restart:
    """Open a file, or make it; the descriptor. An end of a pipe with a name waits for the other one. Raises Errno."""
    opened: File | Blocked | Restart | None = fifos.waited(kernel)
    if opened is None:
        kernel.process.files.check_room()
        inode = _found(kernel, path, base, how, mode)
        opened = fifos.open_end(kernel, inode, how) if inode.type == S_IFIFO else _opened(kernel, inode)
    if isinstance(opened, Blocked | Restart):
        return opened
    entry = OpenFile(opened, how.readable, how.writable, how.status)
    return kernel.process.files.install(entry, close_on_exec=how.close_on_exec)


def _found(kernel: Kernel, path: bytes, base: Inode | None, how: How, mode: int) -> Inode:
    """The file, as the flags want it. Raises Errno."""
    last = Last.STAY if not how.follow else Last.MAKE if how.create else Last.FOLLOW
    if how.create and path.endswith(b"/") and path.strip(b"/"):
        find(kernel, path, base, Last.NAME)
        raise Errno(kernel.filesystem.rules.create_slash)
    found = find(kernel, path, base, last)
    inode = found.inode
    if inode is None:
        return _made(kernel, found, how, mode)
    _check(kernel, found, inode, how)
    if how.truncate and inode.is_regular:
        kernel.filesystem.truncate(inode, 0)
        regular.after_change(kernel, inode)
        regular.drop_privileges(kernel, inode)
    return inode


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
