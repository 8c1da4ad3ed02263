"""Darwin's select. Source: bsd/kern/sys_generic.c (select, selprocess, selscan), sys_pipe.c (pipe_select)."""

from __future__ import annotations

from typing import Annotated

from kernel_stub import signals, user
from kernel_stub.darwin.closing import Closed
from kernel_stub.darwin.structs import TIMEVAL
from kernel_stub.darwin.time_calls import InTimeval, nanoseconds
from kernel_stub.files import FileTable, OpenFile
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int
from kernel_stub.outcomes import Blocked, Errno, Restart
from kernel_stub.posix.select import Selection, check, read_sets, scan, sleep, tell
from kernel_stub.select_kinds import FdSet, SelectResult

FD_MASK = 4  # bytes of a word of a set
FIRST_TABLE, NEXT_TABLE = 25, 50  # NDFILE, NDEXTENT
Descriptors = Annotated[int, FdSet("fd_set *%", count="nd")]
Selected = Annotated[
    int | Blocked | Restart, SelectResult("int %", signed=True, bits=32, count="nd", sets=("in_", "ou", "ex"))
]
_unpack = TIMEVAL.whole.codec.unpack_from


def table_size(files: FileTable) -> int:
    """How many descriptors the table has room for now: 25, 50, and twice as many from there (fdalloc)."""
    size, highest = FIRST_TABLE, max(files.descriptors, default=0)
    while size <= highest:
        size = max(NEXT_TABLE, 2 * size)
    return min(size, files.limit)


def judge(open_file: OpenFile | None) -> tuple[bool, bool, bool]:
    """What a file is ready for. A regular file is also for exceptional conditions.

    Nobody looks how it was opened: a pipe's end to read from can be written to, as the other direction of
    the pipe is empty. Raises Errno EBADF for one that was closed meanwhile.
    """
    if open_file is None:
        raise Errno("EBADF")
    state = open_file.file.readiness
    reading = state.readable or state.hung_up or state.broken
    return reading, state.writable or state.broken or not open_file.writable, not state.waits


def select(
    kernel: Kernel, nd: Int, in_: Descriptors, ou: Descriptors, ex: Descriptors, tv: InTimeval
) -> Selected:
    """Wait until one of several files is ready, at most for a time; the time that is left isn't told.

    Descriptors beyond the table aren't looked at, and their words not written. It is never made again. When one of
    its descriptors is closed, that is EBADF.
    """
    wait = kernel.thread.waiting
    if wait is None:
        if nd < 0:
            raise Errno("EINVAL")
        asked = read_sets(kernel, min(nd, table_size(kernel.process.files)), (in_, ou, ex), FD_MASK)
        until = kernel.clock.now + nanoseconds(*_unpack(user.read(kernel.memory, tv, TIMEVAL.size))) if tv else None
        check(kernel, asked)
    elif isinstance(wait.source, Closed):
        if signals.deliverable(kernel.process, kernel.thread):
            return Restart.ERESTARTNOHAND
        raise Errno("EBADF")
    else:
        assert isinstance(wait.source, Selection)
        asked, until = wait.source.asked, wait.source.until
    found = scan(kernel, asked, judge)
    if any(found) or (until is not None and kernel.clock.now >= until):
        return tell(kernel, asked, found)
    if signals.deliverable(kernel.process, kernel.thread):
        return Restart.ERESTARTNOHAND
    return sleep(kernel, asked, until)
