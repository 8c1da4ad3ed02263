"""Linux's calls that take a path, most of them from a directory (the ones whose names end in at).

Sources: fs/open.c, fs/namei.c, fs/d_path.c, fs/utimes.c. posix/ has what both systems share.
"""

from __future__ import annotations

from kernel_stub import user
from kernel_stub.clock import SECOND
from kernel_stub.filesystem.inodes import Inode
from kernel_stub.filesystem.lookup import Last, existing, find, working_directory
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int, Interruptible, Size
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.file_kinds import (
    AT_FDCWD,
    AccessFlags,
    AccessMode,
    AtFlags,
    Device,
    DirectoryFd,
    NewMode,
    NodeMode,
    OpenFlags,
    RemoveFlags,
    RenameFlags,
    Times,
)
from kernel_stub.linux.time_structs import TIMESPEC
from kernel_stub.outcomes import Errno
from kernel_stub.path_kinds import DirectoryPath, Link, Mode, OwnerId, Path
from kernel_stub.posix import attributes, fifos, names, opening, paths
from kernel_stub.posix.flags import decode

O_CREAT, O_DIRECTORY, O_LARGEFILE, O_TMPFILE, O_PATH, O_DIRECT, O_WRONLY = (
    CONSTANTS[name]
    for name in ("O_CREAT", "O_DIRECTORY", "O_LARGEFILE", "O_TMPFILE", "O_PATH", "O_DIRECT", "O_WRONLY")
)
O_TRUNC, O_ACCMODE, O_NOATIME = (CONSTANTS[name] for name in ("O_TRUNC", "O_ACCMODE", "O_NOATIME"))
AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, AT_SYMLINK_FOLLOW, AT_REMOVEDIR, AT_EACCESS = (
    CONSTANTS[f"AT_{name}"] for name in ("EMPTY_PATH", "SYMLINK_NOFOLLOW", "SYMLINK_FOLLOW", "REMOVEDIR", "EACCESS")
)
NOREPLACE, EXCHANGE, WHITEOUT = (CONSTANTS[f"RENAME_{name}"] for name in ("NOREPLACE", "EXCHANGE", "WHITEOUT"))
UTIME_NOW, UTIME_OMIT = CONSTANTS["UTIME_NOW"], CONSTANTS["UTIME_OMIT"]
KEPT = sum(
    CONSTANTS[name]
    for name in ("O_APPEND", "O_NONBLOCK", "O_SYNC", "O_ASYNC", "O_DIRECT", "O_DIRECTORY", "O_NOFOLLOW", "O_NOATIME")
)


def start(kernel: Kernel, dirfd: int, path: bytes) -> Inode:
    """Where a path starts. Raises Errno EBADF, ENOTDIR."""
    if dirfd == AT_FDCWD or path.startswith(b"/"):
        return working_directory(kernel)
    return paths.directory_of(kernel, dirfd)


def open(kernel: Kernel, pathname: Path, flags: OpenFlags, mode: NewMode) -> Interruptible:
    """Open a file by its path."""
    return openat(kernel, AT_FDCWD, pathname, flags, mode)


def creat(kernel: Kernel, pathname: Path, mode: Mode) -> Interruptible:
    """Make a file, or empty it, and open it for writing."""
    return openat(kernel, AT_FDCWD, pathname, O_CREAT | O_WRONLY | O_TRUNC, mode)


def openat(kernel: Kernel, dirfd: DirectoryFd, pathname: Path, flags: OpenFlags, mode: NewMode) -> Interruptible:
    """Open a file by its path, from a directory."""
    if flags & O_PATH or flags & O_TMPFILE == O_TMPFILE:
        raise Errno("EOPNOTSUPP", simulated=False)
    if flags & O_CREAT and flags & O_DIRECTORY:
        raise Errno("EINVAL")
    path = paths.text(kernel, pathname)
    how = decode(kernel, flags, KEPT)
    odd = O_ACCMODE if flags & O_ACCMODE == O_ACCMODE else 0  # no access, but the permissions for both
    how = how._replace(status=how.status | O_LARGEFILE | odd)
    base = None if dirfd == AT_FDCWD else start(kernel, dirfd, path)
    if flags & O_DIRECT:
        raise Errno("EINVAL", simulated=False)
    return opening.open_path(kernel, path, base, how, mode)


def access(kernel: Kernel, pathname: Path, mode: AccessMode) -> Int:
    """Whether the caller may use a file."""
    return faccessat2(kernel, AT_FDCWD, pathname, mode, 0)


def faccessat(kernel: Kernel, dirfd: DirectoryFd, pathname: Path, mode: AccessMode) -> Int:
    """Whether the caller may use a file, from a directory."""
    return faccessat2(kernel, dirfd, pathname, mode, 0)


def faccessat2(kernel: Kernel, dirfd: DirectoryFd, pathname: Path, mode: AccessMode, flags: AccessFlags) -> Int:
    """The same with flags."""
    if mode & ~7 or flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH):
        raise Errno("EINVAL")
    credentials, real = kernel.process.credentials, not flags & AT_EACCESS
    inode = named(kernel, dirfd, pathname, flags, real=real)
    ids = (credentials.uid, credentials.gid) if real else (credentials.euid, credentials.egid)
    return attributes.check_access(inode, mode, *ids)


def named(kernel: Kernel, dirfd: int, pathname: int, flags: int = 0, *, real: bool = False) -> Inode:
    """The file that a path from a directory leads to; with AT_EMPTY_PATH an empty one means `dirfd` itself.

    `real` is whether the real ids look for it. Raises Errno.
    """
    if flags & AT_EMPTY_PATH and user.string(kernel.memory, pathname, 1) == b"":
        return working_directory(kernel) if dirfd == AT_FDCWD else attributes.inode_of(kernel, dirfd)
    path = paths.text(kernel, pathname)
    last = Last.STAY if flags & AT_SYMLINK_NOFOLLOW else Last.FOLLOW
    ids = attributes.real_ids(kernel) if real else None
    return existing(kernel, path, start(kernel, dirfd, path), last, ids)


def readlinkat(kernel: Kernel, dirfd: DirectoryFd, pathname: Path, buf: Link, bufsiz: Int) -> Int:
    """What a symbolic link says, from a directory."""
    if bufsiz <= 0:
        raise Errno("EINVAL")
    path = paths.text(kernel, pathname)
    return names.read_link(kernel, path, buf, bufsiz, start(kernel, dirfd, path))


def readlink(kernel: Kernel, pathname: Path, buf: Link, bufsiz: Int) -> Int:
    """What a symbolic link says."""
    return readlinkat(kernel, AT_FDCWD, pathname, buf, bufsiz)


def getcwd(kernel: Kernel, buf: DirectoryPath, size: Size) -> Int:
    """The working directory; the result counts its NUL."""
    path = kernel.filesystem.path(working_directory(kernel))
    if path is None:
        raise Errno("ENOENT")
    if len(path) + 1 > kernel.filesystem.rules.path_max:
        raise Errno("ENAMETOOLONG")
    if size < len(path) + 1:
        raise Errno("ERANGE")
    user.write(kernel.memory, buf, path + b"\0")
    return len(path) + 1


def mkdirat(kernel: Kernel, dirfd: DirectoryFd, pathname: Path, mode: Mode) -> Int:
    """Make a directory, from a directory."""
    path = paths.text(kernel, pathname)
    return names.make_directory(kernel, path, start(kernel, dirfd, path), mode)


def mknod(kernel: Kernel, pathname: Path, mode: NodeMode, dev: Device) -> Int:
    """Make a file: a regular one or a pipe with a name."""
    return mknodat(kernel, AT_FDCWD, pathname, mode, dev)


def mknodat(kernel: Kernel, dirfd: DirectoryFd, pathname: Path, mode: NodeMode, dev: Device) -> Int:
    """Make a file, from a directory."""
    path = paths.text(kernel, pathname)
    return fifos.make_node(kernel, path, start(kernel, dirfd, path), mode)


def unlinkat(kernel: Kernel, dirfd: DirectoryFd, pathname: Path, flags: RemoveFlags) -> Int:
    """Take a name, or an empty directory (AT_REMOVEDIR), away, from a directory."""
    if flags & ~AT_REMOVEDIR:
        raise Errno("EINVAL")
    path = paths.text(kernel, pathname)
    remove = names.remove_directory if flags else names.remove_name
    return remove(kernel, path, start(kernel, dirfd, path))


def symlinkat(kernel: Kernel, target: Path, newdirfd: DirectoryFd, linkpath: Path) -> Int:
    """Make a symbolic link, from a directory."""
    told, path = paths.text(kernel, target), paths.text(kernel, linkpath)
    return names.make_symlink(kernel, told, path, start(kernel, newdirfd, path))


def linkat(
    kernel: Kernel, olddirfd: DirectoryFd, oldpath: Path, newdirfd: DirectoryFd, newpath: Path, flags: AtFlags
) -> Int:
    """Give a file one more name, from directories."""
    if flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH):
        raise Errno("EINVAL")
    if flags & AT_EMPTY_PATH and kernel.process.credentials.euid:
        raise Errno("ENOENT")
    inode = named(kernel, olddirfd, oldpath, flags | (0 if flags & AT_SYMLINK_FOLLOW else AT_SYMLINK_NOFOLLOW))
    path = paths.text(kernel, newpath)
    return names.make_link(kernel, inode, path, start(kernel, newdirfd, path))


def renameat(
    kernel: Kernel, olddirfd: DirectoryFd, oldpath: Path, newdirfd: DirectoryFd, newpath: Path
) -> Int:
    """Give a file another name, from directories."""
    return renameat2(kernel, olddirfd, oldpath, newdirfd, newpath, 0)


def renameat2(
    kernel: Kernel, olddirfd: DirectoryFd, oldpath: Path, newdirfd: DirectoryFd, newpath: Path, flags: RenameFlags
) -> Int:
    """The same with flags: refuse to replace a file, or swap two."""
    if flags & ~(NOREPLACE | EXCHANGE | WHITEOUT) or (flags & EXCHANGE and flags & (NOREPLACE | WHITEOUT)):
        raise Errno("EINVAL")
    if flags & WHITEOUT:
        raise Errno("EINVAL", simulated=False)
    ends = []
    for dirfd, pointer in ((olddirfd, oldpath), (newdirfd, newpath)):
        path = paths.text(kernel, pointer)
        ends.append(find(kernel, path, start(kernel, dirfd, path), Last.NAME))
    return names.move(kernel, *ends, keep=bool(flags & NOREPLACE), exchange=bool(flags & EXCHANGE))


def fchmodat(kernel: Kernel, dirfd: DirectoryFd, pathname: Path, mode: Mode) -> Int:
    """New permissions for a file, from a directory."""
    return attributes.change_mode(kernel, named(kernel, dirfd, pathname), mode)


def fchownat(
    kernel: Kernel, dirfd: DirectoryFd, pathname: Path, owner: OwnerId, group: OwnerId, flags: AtFlags
) -> Int:
    """A new owner or group for a file, from a directory."""
    if flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH):
        raise Errno("EINVAL")
    return attributes.change_owner(kernel, named(kernel, dirfd, pathname, flags), owner, group)


def utimensat(kernel: Kernel, dirfd: DirectoryFd, pathname: Path, times: Times, flags: AtFlags) -> Int:
    """New access and modification times for a file, or for an open one where the path is NULL."""
    wanted = [(0, UTIME_NOW), (0, UTIME_NOW)]
    if times:
        data = user.read(kernel.memory, times, 2 * TIMESPEC.size)
        wanted = list(TIMESPEC.whole.codec.iter_unpack(data))
        if all(part == UTIME_OMIT for _, part in wanted):
            return 0
    if not pathname and dirfd != AT_FDCWD:
        if flags:
            raise Errno("EINVAL")
        inode = attributes.inode_of(kernel, dirfd)
    else:
        if flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH):
            raise Errno("EINVAL")
        inode = named(kernel, dirfd, pathname, flags)
    if any(part not in (UTIME_NOW, UTIME_OMIT) and not 0 <= part < SECOND for _, part in wanted):
        raise Errno("EINVAL")
    now = all(part == UTIME_NOW for _, part in wanted)
    moments = [_moment(kernel, seconds, part) for seconds, part in wanted]
    return attributes.set_times(kernel, inode, moments[0], moments[1], now=now)


def _moment(kernel: Kernel, seconds: int, part: int) -> int | None:
    """A timespec as nanoseconds; None leaves a time as it is."""
    return None if part == UTIME_OMIT else kernel.clock.wall if part == UTIME_NOW else seconds * SECOND + part
