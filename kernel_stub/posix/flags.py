"""What open is asked for, apart from the bits that say so on each system."""

from __future__ import annotations

from typing import NamedTuple

from kernel_stub.filesystem.inodes import READ, WRITE
from kernel_stub.kernel import Kernel


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


def decode(kernel: Kernel, flags: int, status: int) -> How:
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
