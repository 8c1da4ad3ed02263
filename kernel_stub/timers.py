"""Interval timers: the three that each process has, on real time and on its processor time (setitimer(2)).

What they have in common on all systems; how a system rounds and reports them is its calls' business.
Source of the order of things: kernel/time/itimer.c, kernel/time/posix-cpu-timers.c (check_cpu_itimer).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kernel_stub.clock import NEVER

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel
    from kernel_stub.process import Process

REAL, VIRTUAL, PROF = 0, 1, 2  # the same numbers on every system
NAMES = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")


@dataclass(slots=True)
class IntervalTimers:
    """`running` holds the time of the next expiry of those that run, each on its own clock; `intervals` is what
    each is set to afterwards, 0 for nothing. `last` is when the real-time one expired."""

    running: dict[int, int] = field(default_factory=dict)
    intervals: list[int] = field(default_factory=lambda: [0, 0, 0])
    last: int = 0

    def arm(self, which: int, expires: int, interval: int) -> None:
        """Let a timer expire at a time of its clock."""
        self.running[which] = expires
        self.intervals[which] = interval

    def disarm(self, which: int, interval: int = 0) -> None:
        """Let a timer not expire."""
        self.running.pop(which, None)
        self.intervals[which] = interval


def used(kernel: Kernel, process: Process) -> int:
    """The processor time that a process has used, in nanoseconds: its own instructions."""
    return process.used + (kernel.clock.retired - process.resumed if process is kernel.process else 0)


def time(kernel: Kernel, which: int, process: Process | None = None) -> int:
    """What a timer's clock says: real time, or the time that its process (the running one) was running."""
    return kernel.clock.now if which == REAL else used(kernel, process or kernel.process)


def next_position(kernel: Kernel) -> int | None:
    """The position at which a timer of the running process expires if nobody sleeps before, or None."""
    soonest, process = None, kernel.process
    for which, expires in process.timers.running.items():
        if expires < NEVER:
            position = expires - kernel.clock.skipped if which == REAL else expires - process.used + process.resumed
            if soonest is None or position < soonest:
                soonest = position
    return soonest


def take_due(kernel: Kernel, process: Process) -> int | None:
    """One timer of a process that is due, or None. Those on processor time start again at once, that on real time
    (where `alarm_waits`) when its signal is taken: `restart`."""
    timers = process.timers
    for which, expires in timers.running.items():
        if time(kernel, which, process) >= expires and expires < NEVER:
            if which != REAL and timers.intervals[which]:
                timers.running[which] = expires + timers.intervals[which]
            elif timers.intervals[which] and not kernel.personality.rules.alarm_waits:
                missed = (kernel.clock.now - expires) // timers.intervals[which]
                timers.running[which] = expires + (missed + 1) * timers.intervals[which]
            else:
                del timers.running[which]
            if which == REAL:
                timers.last = expires
            return which
    return None


def restart(kernel: Kernel) -> None:
    """The process takes SIGALRM: a periodic timer that has expired goes on, at the next multiple of its
    interval that is still to come [posixtimer_rearm_itimer, hrtimer_forward]."""
    timers, now = kernel.process.timers, kernel.clock.now
    interval = timers.intervals[REAL]
    if interval and REAL not in timers.running:
        missed = max(now - timers.last, 0) // interval
        timers.running[REAL] = min(timers.last + (missed + 1) * interval, NEVER)
