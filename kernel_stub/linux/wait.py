"""Linux's calls that wait for children. Source: kernel/exit.c (kernel_wait4, wait4, kernel_waitid, waitid)."""

from __future__ import annotations

import struct
from typing import Annotated

from kernel_stub import user
from kernel_stub.flags import Flags, named
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Choice, Interruptible
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.kinds import Pid, SigInfoPointer
from kernel_stub.linux.signals import BY_NUMBER
from kernel_stub.outcomes import Blocked, Errno, Restart
from kernel_stub.posix import waiting
from kernel_stub.posix.waiting import Asked, Chosen, Found, RusagePointer, StatusWord

_OPTIONS = ("WNOHANG", "WSTOPPED", "WEXITED", "WCONTINUED", "WNOWAIT", "__WNOTHREAD", "__WALL", "__WCLONE")
WNOHANG, WSTOPPED, WEXITED, WCONTINUED, WNOWAIT, WNOTHREAD, WALL, WCLONE = (CONSTANTS[name] for name in _OPTIONS)
EVERY_OPTION = sum(CONSTANTS[name] for name in _OPTIONS)
INT_MIN, CONTINUED = -(1 << 31), 0xFFFF
TOLD = struct.Struct("<iii4xiIi")  # the fields of a siginfo_t that waitid writes: up to si_status


Options = Annotated[int, Flags("int %", unknown="W???", names=named(CONSTANTS, *_OPTIONS))]
ID_TYPES = named(CONSTANTS, "P_ALL", "P_PID", "P_PGID", "P_PIDFD")
P_ALL, P_PID, P_PGID, P_PIDFD = (value for _, value in ID_TYPES)
IdType = Annotated[int, Choice("int %", signed=True, bits=32, unknown="P_???", names=ID_TYPES)]
Status = Annotated[
    int, StatusWord("int *%", names=tuple((n, row.name) for n, row in BY_NUMBER.items()), continued=CONTINUED)
]


def wait4(kernel: Kernel, upid: Pid, stat_addr: Status, options: Options, ru: RusagePointer) -> Interruptible:
    """Wait for a child to end, or to be stopped or continued; the answer is its id."""
    if options & ~(EVERY_OPTION & ~(WEXITED | WNOWAIT)):
        raise Errno("EINVAL")
    if upid == INT_MIN:
        raise Errno("ESRCH")
    chosen = Chosen(
        pid=upid if upid > 0 else None,
        group=None if upid in (-1,) or upid > 0 else -upid or kernel.process.pgrp,
        clones=_clones(options),
    )
    asked = Asked(True, bool(options & WSTOPPED), bool(options & WCONTINUED))
    found = waiting.wait(kernel, chosen, asked, hang=not options & WNOHANG)
    if not isinstance(found, Found):
        return 0 if found is None else found
    pid, data = found.child.pid, waiting.rusage(kernel, found.child)
    waiting.take(kernel, found)
    if stat_addr:
        user.write(kernel.memory, stat_addr, waiting.word(found, CONTINUED).to_bytes(4, "little"))
    if ru:
        user.write(kernel.memory, ru, data)
    return pid


def _clones(options: int) -> bool | None:
    return None if options & WALL else bool(options & WCLONE)


def waitid(
    kernel: Kernel, which: IdType, upid: Pid, infop: SigInfoPointer, options: Options, ru: RusagePointer
) -> Interruptible:
    """Wait for what happens to a child; a siginfo_t tells what, and is written whether there was anything or not."""
    found: Found | Blocked | Restart | Errno | None
    try:
        found = _find(kernel, which, upid, options)
    except Errno as error:
        found = error
    if isinstance(found, Blocked):
        return found
    told = bytes(TOLD.size)
    if isinstance(found, Found):
        child, code, status = found
        data = waiting.rusage(kernel, child)
        told = TOLD.pack(kernel.personality.rules.child, 0, code, child.pid, child.credentials.uid, status)
        if not options & WNOWAIT:
            waiting.take(kernel, found)
        if ru:
            user.write(kernel.memory, ru, data)
    if infop:
        user.write(kernel.memory, infop, told[:12])
        user.write(kernel.memory, infop + 16, told[16:])
    if isinstance(found, Errno):
        raise found
    return found if isinstance(found, Restart) else 0


def _find(kernel: Kernel, which: int, upid: int, options: int) -> Found | Blocked | Restart | None:
    if options & ~EVERY_OPTION or not options & (WEXITED | WSTOPPED | WCONTINUED):
        raise Errno("EINVAL")
    if which not in (P_ALL, P_PID, P_PGID, P_PIDFD) or (which != P_ALL and upid < (which == P_PID)):
        raise Errno("EINVAL")
    if which == P_PIDFD:  # there are no such descriptors
        raise Errno("EBADF")
    chosen = Chosen(
        pid=upid if which == P_PID else None,
        group=(upid or kernel.process.pgrp) if which == P_PGID else None,
        clones=_clones(options),
    )
    asked = Asked(bool(options & WEXITED), bool(options & WSTOPPED), bool(options & WCONTINUED))
    return waiting.wait(kernel, chosen, asked, hang=not options & WNOHANG)
