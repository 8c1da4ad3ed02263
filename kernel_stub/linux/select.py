"""Linux's select and pselect6. Source: fs/select.c (kern_select, do_pselect, core_sys_select, do_select)."""

from __future__ import annotations

import struct
from functools import partial

from kernel_stub import signals, user
from kernel_stub.files import FileTable, OpenFile
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int
from kernel_stub.linux.poll_kinds import Descriptors, InTimeval, Packed, Selected, SelectedLeft
from kernel_stub.linux.time_kinds import InTimespec
from kernel_stub.linux.timeouts import Limit, finish, from_timespec, from_timeval, swap_mask
from kernel_stub.outcomes import Blocked, Errno, Restart
from kernel_stub.posix.select import Selection, Sets, check, read_sets, scan, sleep, tell

LONG = 8  # bytes of a word of a set
FIRST_TABLE, NEXT_TABLE = 64, 128  # NR_OPEN_DEFAULT; what alloc_fdtable makes of a little more


def table_size(files: FileTable) -> int:
    """How many descriptors the table has room for now: 64, 128, and twice as many from there."""
    size, highest = FIRST_TABLE, max(files.descriptors, default=0)
    while size <= highest:
        size *= 2
    return size


def judge(open_file: OpenFile | None) -> tuple[bool, bool, bool]:
    """What a file is ready for, from poll's bits (POLLIN_SET, POLLOUT_SET, POLLEX_SET); one that was closed
    meanwhile is ready for anything (POLLNVAL)."""
    if open_file is None:
        return True, True, True
    state = open_file.file.readiness
    return state.readable or state.hung_up or state.broken, state.writable or state.broken, False


def select(
    kernel: Kernel, n: Int, readfds: Descriptors, writefds: Descriptors, exceptfds: Descriptors, timeout: InTimeval
) -> Selected:
    """Wait until one of several files is ready, at most for a time; what is left of it is told."""
    limit = _limit_of(kernel, timeout, 1000) or from_timeval(kernel, timeout)
    return finish(kernel, limit, partial(_select, kernel, n, (readfds, writefds, exceptfds), limit))


def pselect6(
    kernel: Kernel,
    n: Int,
    readfds: Descriptors,
    writefds: Descriptors,
    exceptfds: Descriptors,
    timeout: InTimespec,
    sig: Packed,
) -> SelectedLeft:
    """The same with another signal mask meanwhile: `sig` is the address of its address and size."""
    limit = _limit_of(kernel, timeout, 1)
    if limit is None:
        mask, size = struct.unpack("<2Q", user.read(kernel.memory, sig, 16)) if sig else (0, 0)
        limit = from_timespec(kernel, timeout)
        swap_mask(kernel, mask, size)
    return finish(kernel, limit, partial(_select, kernel, n, (readfds, writefds, exceptfds), limit))


def _limit_of(kernel: Kernel, address: int, unit: int) -> Limit | None:
    """The limit of a call that sleeps already."""
    wait = kernel.thread.waiting
    return Limit(wait.source.until, address, unit) if wait and isinstance(wait.source, Selection) else None


def _select(kernel: Kernel, n: int, addresses: Sets, limit: Limit) -> int | Blocked | Restart:
    wait = kernel.thread.waiting
    if wait is not None and isinstance(wait.source, Selection):
        asked = wait.source.asked
    else:
        if n < 0:
            raise Errno("EINVAL")
        asked = read_sets(kernel, min(n, table_size(kernel.process.files)), addresses, LONG)
        check(kernel, asked)
    found = scan(kernel, asked, judge)
    if not any(found):
        if signals.deliverable(kernel.process, kernel.thread):
            return Restart.ERESTARTNOHAND
        if limit.until is None or kernel.clock.now < limit.until:
            return sleep(kernel, asked, limit.until)
    return tell(kernel, asked, found)
