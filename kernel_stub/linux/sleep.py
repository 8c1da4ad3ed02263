"""Sleeping for a time, and going on with it after a signal.

Sources: kernel/time/hrtimer.c (nanosleep, do_nanosleep, hrtimer_nanosleep), kernel/time/posix-timers.c
(clock_nanosleep), kernel/time/posix-cpu-timers.c (posix_cpu_nsleep), kernel/signal.c (restart_syscall).
Sleepers wake to the nanosecond: there is no timer slack.
"""

from __future__ import annotations

from collections.abc import Callable

from kernel_stub import signals, timers
from kernel_stub.clock import NEVER
from kernel_stub.kernel import Kernel
from kernel_stub.linux import futex, polling
from kernel_stub.linux.clocks import find
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.time_kinds import ClockId, Continued, InTimespec, Remaining, Sleep, SleepFlags
from kernel_stub.linux.time_structs import read_timespec, write_timespec
from kernel_stub.outcomes import Blocked, Errno, Restart, Wait
from kernel_stub.process import RestartBlock

TIMER_ABSTIME = CONSTANTS["TIMER_ABSTIME"]


def nanosleep(kernel: Kernel, req: InTimespec, rem: Remaining) -> Sleep:
    """Sleep for a time."""
    wait = kernel.thread.waiting
    if wait is None:
        time = read_timespec(kernel.memory, req)
        kernel.thread.restart = None
        wait = Wait("time", min(kernel.clock.now + time, NEVER))
    return _sleep(kernel, wait, rem)


def clock_nanosleep(kernel: Kernel, clockid: ClockId, flags: SleepFlags, req: InTimespec, rem: Remaining) -> Sleep:
    """Sleep for a time, or with TIMER_ABSTIME until a time, by a clock."""
    wait, absolute = kernel.thread.waiting, bool(flags & TIMER_ABSTIME)
    if wait is None:
        wait = _wait(kernel, clockid, absolute, req)
    return _sleep(kernel, wait, rem, absolute=absolute)


def _wait(kernel: Kernel, clockid: int, absolute: bool, req: int) -> Wait:
    """What clock_nanosleep waits for. Raises Errno EINVAL, EOPNOTSUPP, EFAULT."""
    row = find(kernel, clockid)
    if row is None:
        raise Errno("EINVAL")
    if not row.sleeps:
        raise Errno("EOPNOTSUPP")
    time = read_timespec(kernel.memory, req)
    if row.refusal is not None:
        raise Errno(row.refusal)
    kernel.thread.restart = None
    clock = kernel.clock
    if time < NEVER:
        time += -row.offset if absolute else timers.used(kernel, kernel.process) if row.processor_time else clock.now
    return Wait("time", min(time, NEVER), processor_time=row.processor_time)


def _sleep(kernel: Kernel, wait: Wait, rem: int, *, absolute: bool = False) -> int | Blocked | Restart:
    """Sleep until the time has come, or a signal. What is left is told unless the call is to be made again from
    the start. Raises Errno EFAULT."""
    thread, clock = kernel.thread, kernel.clock
    assert wait.until is not None
    left = wait.until - (timers.used(kernel, kernel.process) if wait.processor_time else clock.now)
    if left <= 0:
        return 0
    if not signals.deliverable(kernel.process, thread):
        return Blocked(wait)
    if absolute:
        return Restart.ERESTARTNOHAND
    if rem:
        write_timespec(kernel.memory, rem, left)
    thread.restart = RestartBlock("nanosleep", (wait.until, wait.processor_time, rem))
    return Restart.ERESTART_RESTARTBLOCK


def _continue_sleep(kernel: Kernel, until: int, processor_time: bool, rem: int) -> int | Blocked | Restart:
    return _sleep(kernel, Wait("time", until, processor_time=processor_time), rem)


# What restart_syscall goes on with, by the name in the thread's RestartBlock.
CONTINUATIONS: dict[str, Callable[..., int | Blocked | Restart]] = {
    "nanosleep": _continue_sleep,
    "futex": futex.continue_wait,
    "poll": polling.continue_poll,
}


def restart_syscall(kernel: Kernel) -> Continued:
    """Go on with a call that a signal interrupted while no handler ran."""
    block = kernel.thread.restart
    if block is None:
        raise Errno("EINTR")
    return CONTINUATIONS[block.call](kernel, *block.arguments)
