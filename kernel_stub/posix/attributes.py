"""What a file is besides its bytes, and its length (POSIX: chmod(2), chown(2), access(2), truncate(2), umask(2))."""

from __future__ import annotations

from kernel_stub.filesystem import status
from kernel_stub.filesystem.inodes import PERMISSIONS, S_ISGID, S_ISUID, S_IXGRP, WRITE, Inode
from kernel_stub.filesystem.lookup import Ids, Last, effective, require
from kernel_stub.filesystem.open_files import RegularFile
from kernel_stub.filesystem.tree import LARGEST_FILE
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Fd, Int
from kernel_stub.outcomes import Errno
from kernel_stub.path_kinds import FileLength, Mode, OwnerId, Path
from kernel_stub.posix import paths, regular

UNCHANGED = -1  # of an owner


def umask(kernel: Kernel, mask: Mode) -> Mode:
    """What new files may not be permitted; the answer is what it was."""
    process = kernel.process
    old, process.umask = process.umask, mask & 0o777
    return old


def chmod(kernel: Kernel, pathname: Path, mode: Mode) -> Int:
    """New permissions for a file."""
    return change_mode(kernel, paths.file(kernel, pathname), mode)


def fchmod(kernel: Kernel, fd: Fd, mode: Mode) -> Int:
    """New permissions for an open file."""
    return change_mode(kernel, inode_of(kernel, fd), mode)


def change_mode(kernel: Kernel, inode: Inode, mode: int) -> int:
    """Raises Errno EROFS, EPERM for another's file."""
    _own(kernel, inode)
    uid, gid = effective(kernel)
    if uid and gid != inode.gid:
        mode &= ~S_ISGID
    inode.mode = inode.mode & ~PERMISSIONS | mode & PERMISSIONS
    inode.ctime = kernel.clock.wall
    return 0


def chown(kernel: Kernel, pathname: Path, owner: OwnerId, group: OwnerId) -> Int:
    """A new owner or group for a file."""
    return change_owner(kernel, paths.file(kernel, pathname), owner, group)


def lchown(kernel: Kernel, pathname: Path, owner: OwnerId, group: OwnerId) -> Int:
    """A new owner or group for a file; a symbolic link is not followed."""
    return change_owner(kernel, paths.file(kernel, pathname, Last.STAY), owner, group)


def fchown(kernel: Kernel, fd: Fd, owner: OwnerId, group: OwnerId) -> Int:
    """A new owner or group for an open file."""
    return change_owner(kernel, inode_of(kernel, fd), owner, group)


def change_owner(kernel: Kernel, inode: Inode, owner: int, group: int) -> int:
    """-1 leaves one as it is. Raises Errno EROFS, or EPERM: only root gives files away; an owner may choose a group
    of his own."""
    uid, gid = effective(kernel)
    if inode.read_only:
        raise Errno("EROFS")
    if uid:
        if owner != UNCHANGED and (uid != inode.uid or owner != inode.uid):
            raise Errno("EPERM")
        if group != UNCHANGED and (uid != inode.uid or group not in (inode.gid, gid)):
            raise Errno("EPERM")
    inode.uid = inode.uid if owner == UNCHANGED else owner & 0xFFFF_FFFF
    inode.gid = inode.gid if group == UNCHANGED else group & 0xFFFF_FFFF
    if not inode.is_directory:
        inode.mode &= ~S_ISUID
        if inode.mode & S_IXGRP:
            inode.mode &= ~S_ISGID
    inode.ctime = kernel.clock.wall
    return 0


def real_ids(kernel: Kernel) -> Ids:
    """Whom access(2) asks for."""
    return Ids(kernel.process.credentials.uid, kernel.process.credentials.gid)


def check_access(inode: Inode, mode: int, uid: int, gid: int) -> int:
    """Whether a user may do with a file what R_OK, W_OK and X_OK say. Raises Errno EROFS, EACCES."""
    if mode & WRITE and inode.read_only:
        raise Errno("EROFS")
    if not inode.permits(mode, uid, gid):
        raise Errno("EACCES")
    return 0


def truncate(kernel: Kernel, path: Path, length: FileLength) -> Int:
    """Cut a file, or lengthen it with zeros."""
    if length < 0:
        raise Errno("EINVAL")
    inode = paths.file(kernel, path)
    if inode.is_directory:
        raise Errno("EISDIR")
    if not inode.is_regular:
        raise Errno("EINVAL")
    require(kernel, inode, WRITE)
    return change_length(kernel, inode, length)


def ftruncate(kernel: Kernel, fd: Fd, length: FileLength) -> Int:
    """Cut an open file, or lengthen it with zeros."""
    if length < 0:
        raise Errno("EINVAL")
    open_file = kernel.process.files.get(fd).open_file
    if not open_file.writable or not isinstance(open_file.file, RegularFile):
        raise Errno("EINVAL")
    return change_length(kernel, open_file.file.inode, length)


def change_length(kernel: Kernel, inode: Inode, length: int) -> int:
    """Raises Errno EFBIG beyond RLIMIT_FSIZE."""
    files = kernel.filesystem
    if length > min(regular.size_limit(kernel), LARGEST_FILE) and length > files.size(inode):
        regular.exceeded(kernel)
    regular.before_change(kernel, inode)
    files.truncate(inode, length)
    regular.after_change(kernel, inode)
    regular.drop_privileges(kernel, inode)
    return 0


def set_times(kernel: Kernel, inode: Inode, atime: int | None, mtime: int | None, *, now: bool) -> int:
    """New times, in nanoseconds since 1970 (None: as it is). Whoever may write a file may say `now`.

    Raises Errno EROFS, EPERM, EACCES.
    """
    uid, gid = effective(kernel)
    if inode.read_only:
        raise Errno("EROFS")
    if uid not in (0, inode.uid) and not (now and inode.permits(WRITE, uid, gid)):
        raise Errno("EACCES" if now else "EPERM")
    inode.atime = inode.atime if atime is None else atime
    inode.mtime = inode.mtime if mtime is None else mtime
    inode.ctime = kernel.clock.wall
    return 0


def inode_of(kernel: Kernel, fd: int) -> Inode:
    """What a descriptor stands for: a file, a pipe, or for the terminal its device. Raises Errno EBADF."""
    return status.inode_of(kernel, kernel.process.files.get(fd).open_file)


def _own(kernel: Kernel, inode: Inode) -> None:
    if inode.read_only:
        raise Errno("EROFS")
    if effective(kernel).uid not in (0, inode.uid):
        raise Errno("EPERM")
