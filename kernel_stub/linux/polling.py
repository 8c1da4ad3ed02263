"""poll(2) and ppoll(2). Source: fs/select.c (do_sys_poll, do_poll, do_restart_poll)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from kernel_stub import signals, user
from kernel_stub.clock import NEVER
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int, Size
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.kinds import NewSet
from kernel_stub.linux.poll_kinds import POLLFD, Count, Fds, Polled, PolledLeft
from kernel_stub.linux.time_kinds import InTimespec
from kernel_stub.linux.timeouts import Limit, finish, from_timespec, swap_mask
from kernel_stub.outcomes import Blocked, Errno, Restart, Wait
from kernel_stub.posix.select import watch
from kernel_stub.process import RestartBlock
from kernel_stub.readiness import Readiness, Watch

MILLISECOND = 1_000_000
IN, OUT, HUP, ERR, NVAL = (
    CONSTANTS["POLLIN"] | CONSTANTS["POLLRDNORM"],
    CONSTANTS["POLLOUT"] | CONSTANTS["POLLWRNORM"],
    CONSTANTS["POLLHUP"],
    CONSTANTS["POLLERR"],
    CONSTANTS["POLLNVAL"],
)


@dataclass(eq=False, slots=True)
class Poll(Watch):
    """A poll that sleeps: the descriptors with what is asked of each, and the clock's time at which it ends."""

    rows: tuple[tuple[int, int], ...]
    until: int | None


def poll(kernel: Kernel, fds: Fds, nfds: Count, timeout: Int) -> Polled:
    """Wait until one of several files is ready."""
    return continue_poll(kernel, fds, nfds, kernel.clock.now + timeout * MILLISECOND if timeout >= 0 else NEVER)


def continue_poll(kernel: Kernel, fds: int, nfds: int, until: int) -> int | Blocked | Restart:
    """The same with the clock's time at which it ends, as restart_syscall goes on with it."""
    wait = kernel.thread.waiting
    if wait is not None and isinstance(wait.source, Poll) and wait.source.until is not None:
        until = wait.source.until
    answer = _poll(kernel, fds, nfds, until)
    if answer is Restart.ERESTARTNOHAND:
        kernel.thread.restart = RestartBlock("poll", (fds, nfds, until))
        return Restart.ERESTART_RESTARTBLOCK
    return answer


def ppoll(
    kernel: Kernel, fds: Fds, nfds: Count, tmo_p: InTimespec, sigmask: NewSet, sigsetsize: Size
) -> PolledLeft:
    """The same with a finer limit, of which the rest is told, and another signal mask meanwhile."""
    wait = kernel.thread.waiting
    if wait is not None and isinstance(wait.source, Poll):
        limit = Limit(wait.source.until, tmo_p)
    else:
        limit = from_timespec(kernel, tmo_p)
        swap_mask(kernel, sigmask, sigsetsize)
    return finish(kernel, limit, partial(_poll, kernel, fds, nfds, limit.until))


def _poll(kernel: Kernel, fds: int, nfds: int, until: int | None) -> int | Blocked | Restart:
    wait = kernel.thread.waiting
    if wait is not None and isinstance(wait.source, Poll):
        rows = wait.source.rows
    else:
        if nfds > kernel.process.files.limit:
            raise Errno("EINVAL")
        data = user.read(kernel.memory, fds, POLLFD.size * nfds)
        rows = tuple((fd, events) for fd, events, _ in POLLFD.iter_unpack(data))
    found = [_revents(kernel, fd, events) for fd, events in rows]
    answer: int | Restart = sum(1 for revents in found if revents)
    if not answer:
        if signals.deliverable(kernel.process, kernel.thread):
            answer = Restart.ERESTARTNOHAND
        elif until is None or kernel.clock.now < until:
            return _sleep(kernel, rows, until)
    for index, revents in enumerate(found):
        user.write(kernel.memory, fds + POLLFD.size * index + 6, revents.to_bytes(2, "little"))
    return answer


def _sleep(kernel: Kernel, rows: tuple[tuple[int, int], ...], until: int | None) -> Blocked:
    descriptors = kernel.process.files.descriptors
    seen, soonest = watch(kernel, [descriptors[fd].open_file.file for fd, _ in rows if fd in descriptors], until)
    return Blocked(Wait("a descriptor" if seen else "its time", soonest, source=Poll(seen, rows, until)))


def _revents(kernel: Kernel, fd: int, events: int) -> int:
    """What is asked for and true now, and what is told in any case."""
    if fd < 0:
        return 0
    descriptor = kernel.process.files.descriptors.get(fd)
    if descriptor is None:
        return NVAL
    descriptor.open_file.file.wait(kernel.clock.now)
    return bits(descriptor.open_file.file.readiness) & (events | HUP | ERR)


def bits(state: Readiness) -> int:
    """A file's readiness as a poll function gives it."""
    return IN * state.readable | OUT * state.writable | HUP * state.hung_up | ERR * state.broken
