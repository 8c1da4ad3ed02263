"""What limits writing to a regular file (POSIX: write(2); Linux: generic_write_checks, file_remove_privs)."""

from __future__ import annotations

from kernel_stub import posting
from kernel_stub.cpu import Readable
from kernel_stub.files import OpenFile
from kernel_stub.filesystem.inodes import S_ISGID, S_ISUID, S_IXGRP, Inode
from kernel_stub.filesystem.lookup import effective
from kernel_stub.filesystem.open_files import RegularFile
from kernel_stub.filesystem.tree import LARGEST_FILE
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Errno
from kernel_stub.signals import SigInfo


def write(
    kernel: Kernel, open_file: OpenFile, file: RegularFile, memory: Readable, address: int, size: int,
    position: int | None = None,
) -> int:  # fmt: skip
    """Write at a position, or where the open file is; with O_APPEND at the end. Raises Errno."""
    if not size:
        return 0
    start = file.offset if position is None else position
    if open_file.flags & kernel.personality.constants["O_APPEND"]:
        start = kernel.filesystem.size(file.inode)
    size = min(size, room(kernel, start))
    before_change(kernel, file.inode)
    moved = file.write_at(memory, address, start, size)
    after_change(kernel, file.inode)
    drop_privileges(kernel, file.inode)
    if position is None:
        file.offset = start + moved
    return moved


def before_change(kernel: Kernel, inode: Inode) -> None:
    """What the process wrote to a file through shared mappings comes before a write to it."""
    if inode.mapped:
        kernel.process.space.store(kernel.memory, inode=inode)


def after_change(kernel: Kernel, inode: Inode) -> None:
    """Shared mappings show what was written."""
    if inode.mapped:
        kernel.process.space.refresh(kernel.memory, inode)


def room(kernel: Kernel, start: int) -> int:
    """How many bytes may be written there. Raises Errno EFBIG, with SIGXFSZ for the process's own limit."""
    if start >= LARGEST_FILE:
        raise Errno("EFBIG")
    limit = size_limit(kernel)
    if start >= limit:
        exceeded(kernel)
    return min(limit, LARGEST_FILE) - start


def size_limit(kernel: Kernel) -> int:
    """The soft RLIMIT_FSIZE."""
    soft, _ = kernel.process.limits.get(kernel.personality.constants["RLIMIT_FSIZE"], (LARGEST_FILE, 0))
    return soft


def exceeded(kernel: Kernel) -> None:
    """A file would grow beyond RLIMIT_FSIZE. Raises Errno EFBIG."""
    process, personality = kernel.process, kernel.personality
    number = personality.signals["SIGXFSZ"].number
    info = SigInfo(number, personality.rules.user, process.pid, process.credentials.uid)
    posting.post(kernel, info, "a file over the limit", kernel.thread)
    raise Errno("EFBIG")


def drop_privileges(kernel: Kernel, inode: Inode) -> None:
    """A file that was changed runs with its owner's rights no longer, unless root changed it."""
    if inode.mode & (S_ISUID | S_ISGID) and effective(kernel).uid:
        inode.mode &= ~S_ISUID
        if inode.mode & S_IXGRP:
            inode.mode &= ~S_ISGID
