"""Darwin's calls on files where it has rules, flags or structs of its own.

Sources: bsd/vfs/vfs_syscalls.c, bsd/vfs/vfs_vnops.c (vn_open, vn_stat), bsd/kern/kern_descrip.c (fstat).
posix/ has what both systems share.
"""

from __future__ import annotations

from typing import Annotated

from kernel_stub import user
from kernel_stub.clock import SECOND
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.file_structs import DIRENT, DIRENT64, STAT, STAT64
from kernel_stub.darwin.flags import STATUS
from kernel_stub.darwin.structs import TIMEVAL
from kernel_stub.filesystem.inodes import Inode
from kernel_stub.filesystem.lookup import Last
from kernel_stub.filesystem.open_files import InodeFile
from kernel_stub.filesystem.status import Status, of_inode, of_open_file
from kernel_stub.flags import Flags, named
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import UNSIGNED, Address, Choice, Fd, Int, Interruptible, Size, Values
from kernel_stub.layout import Layout
from kernel_stub.outcomes import Errno
from kernel_stub.path_kinds import EntriesKind, FileOffset, ModeKind, Path, StatKind
from kernel_stub.posix import attributes, listing, offsets, opening, paths
from kernel_stub.posix.flags import decode

KEPT = sum(CONSTANTS[name] for name in ("O_APPEND", "O_NONBLOCK", "O_ASYNC", "O_SYNC", "O_DSYNC"))
LOCKING = CONSTANTS["O_SHLOCK"] | CONSTANTS["O_EXLOCK"]
O_ACCMODE, O_CREAT, O_SYMLINK = (CONSTANTS[name] for name in ("O_ACCMODE", "O_CREAT", "O_SYMLINK"))
BLOCK = 4096
LEAST_BUFFER = 32  # bytes that a listing takes at least


class CreationMode(ModeKind):
    """Permissions of a file that is made: shown where the flags say that one may be."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return ModeKind.text(self, value, values, data) if values["flags"] & O_CREAT else None


def device(number: int) -> tuple[int, int]:
    """Major and minor number in a dev_t (bsd/sys/types.h)."""
    return number >> 24 & 0xFF, number & 0xFF_FFFF


OpenFlags = Annotated[int, STATUS]
NewMode = Annotated[int, CreationMode("mode_t %", bits=16)]
OutStat64 = Annotated[int, StatKind("struct stat64 *%", layout=STAT64, device=device)]
OutStat = Annotated[int, StatKind("struct stat *%", layout=STAT, device=device)]
Entries64 = Annotated[int, EntriesKind("void *%", reclen=16)]
Entries = Annotated[int, EntriesKind("char *%", reclen=4)]
Count = Annotated[int, UNSIGNED]
Whence = Annotated[
    int,
    Choice(
        "int %", bits=32, unknown="SEEK_???",
        names=named(CONSTANTS, "SEEK_SET", "SEEK_CUR", "SEEK_END", "SEEK_HOLE", "SEEK_DATA"),
    ),
]  # fmt: skip
AccessMode = Annotated[
    int,
    Flags(
        "int %", unknown="?_OK", names=named(CONSTANTS, "R_OK", "W_OK", "X_OK"), modes=(("F_OK", 0),), mode_mask=~0
    ),
]


def open(kernel: Kernel, path: Path, flags: OpenFlags, mode: NewMode) -> Interruptible:
    """Open a file by its path."""
    if flags & O_ACCMODE == O_ACCMODE:
        raise Errno("EINVAL")
    if flags & (LOCKING | O_SYMLINK):
        raise Errno("EOPNOTSUPP", simulated=False)
    how = decode(kernel, flags, KEPT)
    return opening.open_path(kernel, paths.text(kernel, path), None, how, mode)


def access(kernel: Kernel, path: Path, flags: AccessMode) -> Int:
    """Whether the caller may use a file; as its real user."""
    if flags & ~7:
        raise Errno("EINVAL")
    ids = attributes.real_ids(kernel)
    return attributes.check_access(paths.file(kernel, path, ids=ids), flags, *ids)


def lseek(kernel: Kernel, fd: Fd, offset: FileOffset, whence: Whence) -> FileOffset:
    """Move to another place in an open file."""
    return offsets.seek(kernel, fd, offset, whence)


def fsync(kernel: Kernel, fd: Fd) -> Int:
    """Wait until a file is on its disk: there is none."""
    if not isinstance(kernel.process.files.get(fd).open_file.file, InodeFile):
        raise Errno("ENOTSUP")
    return 0


def utimes(kernel: Kernel, path: Path, times: Address) -> Int:
    """New access and modification times for a file; without a pointer they are now."""
    inode = paths.file(kernel, path)
    return _set_times(kernel, inode, times)


def futimes(kernel: Kernel, fd: Fd, times: Address) -> Int:
    """New access and modification times for an open file; without a pointer they are now."""
    return _set_times(kernel, attributes.inode_of(kernel, fd), times)


def _set_times(kernel: Kernel, inode: Inode, times: int) -> int:
    now = kernel.clock.wall
    if not times:
        return attributes.set_times(kernel, inode, now, now, now=True)
    data = user.read(kernel.memory, times, 2 * TIMEVAL.size)
    unpack = TIMEVAL.whole.codec.unpack_from
    moments = [seconds * SECOND + part * 1000 for seconds, part in (unpack(data), unpack(data, TIMEVAL.size))]
    return attributes.set_times(kernel, inode, moments[0], moments[1], now=False)


# What a file is -----------------------------------------------------------------------------------


def stat64(kernel: Kernel, path: Path, ub: OutStat64) -> Int:
    """What a file is, by its path."""
    return _write(kernel, ub, of_inode(kernel, paths.file(kernel, path)), STAT64)


def lstat64(kernel: Kernel, path: Path, ub: OutStat64) -> Int:
    """What a file is, by its path; a symbolic link is not followed."""
    return _write(kernel, ub, of_inode(kernel, paths.file(kernel, path, Last.STAY)), STAT64)


def fstat64(kernel: Kernel, fd: Fd, ub: OutStat64) -> Int:
    """What an open file is."""
    return _write(kernel, ub, of_open_file(kernel, kernel.process.files.get(fd).open_file), STAT64)


def stat(kernel: Kernel, path: Path, ub: OutStat) -> Int:
    """What a file is, in the older form."""
    return _write(kernel, ub, of_inode(kernel, paths.file(kernel, path)), STAT)


def lstat(kernel: Kernel, path: Path, ub: OutStat) -> Int:
    """What a file is, in the older form; a symbolic link is not followed."""
    return _write(kernel, ub, of_inode(kernel, paths.file(kernel, path, Last.STAY)), STAT)


def fstat(kernel: Kernel, fd: Fd, ub: OutStat) -> Int:
    """What an open file is, in the older form."""
    return _write(kernel, ub, of_open_file(kernel, kernel.process.files.get(fd).open_file), STAT)


def _write(kernel: Kernel, address: int, told: Status, layout: Layout) -> int:
    times = {"atimespec": told.atime, "mtimespec": told.mtime, "ctimespec": told.ctime, "birthtimespec": told.ctime}
    values: dict[str, int | bytes] = dict.fromkeys(layout.fields, 0)
    values |= {
        "st_dev": told.dev, "st_ino": told.ino, "st_mode": told.mode, "st_nlink": told.nlink, "st_uid": told.uid,
        "st_gid": told.gid, "st_rdev": told.rdev, "st_size": told.size, "st_blocks": told.blocks,
        "st_blksize": BLOCK, "st_qspare": bytes(16),
    }  # fmt: skip
    for name, time in times.items():
        if f"st_{name}.tv_sec" in values:
            values[f"st_{name}.tv_sec"], values[f"st_{name}.tv_nsec"] = divmod(time, SECOND)
    user.write(kernel.memory, address, layout.whole.codec.pack(*values.values()))
    return 0


# Directories --------------------------------------------------------------------------------------


def getdirentries64(kernel: Kernel, fd: Fd, buf: Entries64, bufsize: Size, position: Address) -> Int:
    """The next entries of an open directory, as many as fit; 0 at the end. `position` tells where they began."""
    return _list(kernel, fd, buf, bufsize, position, _entry64)


def getdirentries(kernel: Kernel, fd: Fd, buf: Entries, count: Count, basep: Address) -> Int:
    """The same with entries of the older form."""
    return _list(kernel, fd, buf, count, basep, _entry)


def _list(kernel: Kernel, fd: int, buf: int, size: int, position: int, entry: listing.Entry) -> int:
    began = listing.opened(kernel, fd, "EINVAL").offset
    done = listing.fill(kernel, fd, buf, size, entry)
    user.write(kernel.memory, position, began.to_bytes(8, "little"))
    return done


def _entry64(place: int, name: bytes, inode: Inode) -> bytes:
    start = DIRENT64.whole.size
    reclen = -(-(start + len(name) + 1) // 8) * 8
    head = DIRENT64.whole.codec.pack(inode.number, place, reclen, len(name), inode.mode >> 12)
    return (head + name).ljust(reclen, b"\0")


def _entry(place: int, name: bytes, inode: Inode) -> bytes:
    reclen = DIRENT.size + -(-(len(name) + 1) // 4) * 4
    head = DIRENT.whole.codec.pack(inode.number, reclen, inode.mode >> 12, len(name))
    return (head + name).ljust(reclen, b"\0")
