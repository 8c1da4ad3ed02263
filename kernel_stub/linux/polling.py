"""poll(2) on the terminal. Source: fs/select.c (do_sys_poll, do_poll)."""

from __future__ import annotations

import struct
from typing import Annotated

from kernel_stub import signals, user
from kernel_stub.clock import NEVER
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Int, Interruptible, Kind
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.outcomes import Blocked, Errno, Restart, Wait
from kernel_stub.process import RestartBlock

POLLFD = struct.Struct("<iHH")  # fd, events, revents
MILLISECOND = 1_000_000
IN, OUT, ALWAYS, INVALID = (
    CONSTANTS["POLLIN"] | CONSTANTS["POLLRDNORM"],
    CONSTANTS["POLLOUT"] | CONSTANTS["POLLWRNORM"],
    CONSTANTS["POLLERR"] | CONSTANTS["POLLHUP"],
    CONSTANTS["POLLNVAL"],
)

Count = Annotated[int, Kind("nfds_t %", bits=32)]


def poll(kernel: Kernel, fds: Address, nfds: Count, timeout: Int) -> Interruptible:
    """Wait until one of several files is ready."""
    if kernel.thread.waiting is not None and kernel.thread.restart is not None:
        return continue_poll(kernel, *kernel.thread.restart.arguments)
    return continue_poll(kernel, fds, nfds, kernel.clock.now + timeout * MILLISECOND if timeout >= 0 else NEVER)


def continue_poll(kernel: Kernel, fds: int, nfds: int, until: int) -> int | Blocked | Restart:
    """The same with the clock's time at which it ends, as restart_syscall goes on with it."""
    if nfds > kernel.process.files.limit:
        raise Errno("EINVAL")
    rows = list(POLLFD.iter_unpack(user.read(kernel.memory, fds, POLLFD.size * nfds)))
    found = [_ready(kernel, fd, events) for fd, events, _ in rows]
    ready = sum(1 for _, revents in found if revents)
    asleep = not ready and kernel.clock.now < until
    if asleep and not signals.deliverable(kernel.process, kernel.thread):
        kernel.thread.restart = RestartBlock("poll", (fds, nfds, until))
        return Blocked(Wait("poll", min([until, *(wait for wait, _ in found)])))
    for index, (_, revents) in enumerate(found):
        user.write(kernel.memory, fds + POLLFD.size * index + 6, revents.to_bytes(2, "little"))
    if asleep:
        kernel.thread.restart = RestartBlock("poll", (fds, nfds, until))
        return Restart.ERESTART_RESTARTBLOCK
    return ready


def _ready(kernel: Kernel, fd: int, events: int) -> tuple[int, int]:
    """When to look again, and revents: what is asked for and true now."""
    descriptor = kernel.process.files.descriptors.get(fd)
    if fd < 0:
        return NEVER, 0
    if descriptor is None:
        return NEVER, INVALID
    wait = descriptor.open_file.file.wait(kernel.clock.now)
    state = OUT | (IN if wait is None else 0)
    again = wait.until if wait is not None and wait.until is not None else NEVER
    return again, state & (events | ALWAYS)
