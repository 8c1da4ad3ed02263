"""What Linux tells about files: the stat family, and the entries of directories. Sources: fs/stat.c, fs/readdir.c."""

from __future__ import annotations

from typing import Annotated

from kernel_stub import user
from kernel_stub.clock import SECOND
from kernel_stub.filesystem.inodes import Inode
from kernel_stub.filesystem.status import Status, of_inode, of_open_file
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import UNSIGNED, Fd, Int
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.file_kinds import (
    AT_FDCWD,
    AtFlags,
    DirectoryFd,
    Entries,
    OutStat,
    OutStatx,
    StatxFlags,
    StatxMask,
    device,
)
from kernel_stub.linux.file_structs import LINUX_DIRENT, LINUX_DIRENT64, STAT, STATX
from kernel_stub.linux.paths import AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, named
from kernel_stub.outcomes import Errno
from kernel_stub.path_kinds import Path
from kernel_stub.posix import listing

NO_AUTOMOUNT, SYNC_TYPE = CONSTANTS["AT_NO_AUTOMOUNT"], CONSTANTS["AT_STATX_SYNC_TYPE"]
STAT_FLAGS = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | NO_AUTOMOUNT
KNOWN = CONSTANTS["STATX_BASIC_STATS"]
BLOCK = 4096
TERMINAL_BLOCK = 1024

Count = Annotated[int, UNSIGNED]


def stat(kernel: Kernel, pathname: Path, statbuf: OutStat) -> Int:
    """What a file is, by its path."""
    return newfstatat(kernel, AT_FDCWD, pathname, statbuf, 0)


def lstat(kernel: Kernel, pathname: Path, statbuf: OutStat) -> Int:
    """What a file is, by its path; a symbolic link is not followed."""
    return newfstatat(kernel, AT_FDCWD, pathname, statbuf, AT_SYMLINK_NOFOLLOW)


def fstat(kernel: Kernel, fd: Fd, statbuf: OutStat) -> Int:
    """What an open file is."""
    return _write_stat(kernel, statbuf, of_open_file(kernel, kernel.process.files.get(fd).open_file))


def newfstatat(kernel: Kernel, dirfd: DirectoryFd, pathname: Path, statbuf: OutStat, flags: AtFlags) -> Int:
    """What a file is, by its path from a directory, or the open file itself (AT_EMPTY_PATH)."""
    if flags & ~STAT_FLAGS:
        raise Errno("EINVAL")
    return _write_stat(kernel, statbuf, _status(kernel, dirfd, pathname, flags))


def statx(
    kernel: Kernel, dirfd: DirectoryFd, pathname: Path, flags: StatxFlags, mask: StatxMask, statxbuf: OutStatx
) -> Int:
    """What a file is, with fields that can be chosen. All of them are told, but for the time of birth."""
    if mask & CONSTANTS["STATX__RESERVED"] or flags & SYNC_TYPE == SYNC_TYPE or flags & ~(STAT_FLAGS | SYNC_TYPE):
        raise Errno("EINVAL")
    told = _status(kernel, dirfd, pathname, flags)
    values = dict.fromkeys(STATX.fields, 0) | {
        "stx_mask": KNOWN, "stx_blksize": _block(told), "stx_nlink": told.nlink, "stx_uid": told.uid,
        "stx_gid": told.gid, "stx_mode": told.mode, "stx_ino": told.ino, "stx_size": told.size,
        "stx_blocks": told.blocks,
    }  # fmt: skip
    values["stx_rdev_major"], values["stx_rdev_minor"] = device(told.rdev)
    values["stx_dev_major"], values["stx_dev_minor"] = device(told.dev)
    for name, time in (("atime", told.atime), ("mtime", told.mtime), ("ctime", told.ctime)):
        values[f"stx_{name}.tv_sec"], values[f"stx_{name}.tv_nsec"] = divmod(time, SECOND)
    data = STATX.whole.codec.pack(*values.values())
    user.write(kernel.memory, statxbuf, data.ljust(STATX.size, b"\0"))
    return 0


def _status(kernel: Kernel, dirfd: int, pathname: int, flags: int) -> Status:
    if flags & AT_EMPTY_PATH and dirfd != AT_FDCWD and (not pathname or _empty(kernel, pathname)):
        return of_open_file(kernel, kernel.process.files.get(dirfd).open_file)
    return of_inode(kernel, named(kernel, dirfd, pathname, flags))


def _empty(kernel: Kernel, pathname: int) -> bool:
    return user.string(kernel.memory, pathname, 1) == b""


def _block(told: Status) -> int:
    return TERMINAL_BLOCK if told.mode & 0o170000 == 0o20000 and told.rdev >> 8 == 136 else BLOCK


def _write_stat(kernel: Kernel, address: int, told: Status) -> int:
    times = (part for time in (told.atime, told.mtime, told.ctime) for part in divmod(time, SECOND))
    data = STAT.whole.codec.pack(
        told.dev, told.ino, told.nlink, told.mode, told.uid, told.gid, 0, told.rdev, told.size, _block(told),
        told.blocks, *times, bytes(24),
    )  # fmt: skip
    user.write(kernel.memory, address, data)
    return 0


def getdents64(kernel: Kernel, fd: Fd, dirp: Entries, count: Count) -> Int:
    """The next entries of an open directory, as many as fit; 0 at the end."""
    return listing.fill(kernel, fd, dirp, count, _entry64)


def getdents(kernel: Kernel, fd: Fd, dirp: Entries, count: Count) -> Int:
    """The same with entries of the older form."""
    return listing.fill(kernel, fd, dirp, count, _entry)


def _entry64(place: int, name: bytes, inode: Inode) -> bytes:
    size = LINUX_DIRENT64.whole.size + 1 + len(name) + 1
    reclen = -(-size // 8) * 8
    head = LINUX_DIRENT64.whole.codec.pack(inode.number, place, reclen)
    return (head + bytes((inode.mode >> 12,)) + name).ljust(reclen, b"\0")


def _entry(place: int, name: bytes, inode: Inode) -> bytes:
    size = LINUX_DIRENT.whole.size + len(name) + 2
    reclen = -(-size // 8) * 8
    head = LINUX_DIRENT.whole.codec.pack(inode.number, place, reclen)
    return (head + name).ljust(reclen - 1, b"\0") + bytes((inode.mode >> 12,))
