"""What time it is, by each of Linux's clocks.

Sources: kernel/time/{posix-timers.c,posix-cpu-timers.c,time.c,alarmtimer.c}. The machine has no clock that
could wake it up (no RTC device), so the two ALARM clocks exist and can't be read.
"""

from __future__ import annotations

from typing import NamedTuple

from kernel_stub import timers, user
from kernel_stub.clock import SECOND, SWITCHED_ON
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.time_kinds import ClockId, OutTimespec, OutTimeval, OutTimezone, Time, TimePointer
from kernel_stub.linux.time_structs import TIMEVAL, TIMEZONE, timeval, write_timespec
from kernel_stub.outcomes import Errno

PER_THREAD, SCHEDULER, DESCRIPTOR = 4, 2, 3  # in a clock's number below zero: CPUCLOCK_..., CLOCKFD
TICK = 4_000_000  # nanoseconds between two timer interrupts: CONFIG_HZ is 250


class ClockRow(NamedTuple):
    """A clock. It counts nanoseconds of time, or of processor time; `offset` is what it says at the start. It moves
    in steps of `resolution`, 0 if it can't be read; `sleeps` says whether clock_nanosleep knows it, and `refusal`
    with which error it refuses a good time nevertheless."""

    offset: int = 0
    resolution: int = 1
    processor_time: bool = False
    sleeps: bool = True
    refusal: str | None = None

    def now(self, kernel: Kernel) -> int:
        """What it says."""
        now = timers.used(kernel, kernel.process) if self.processor_time else kernel.clock.now
        time = self.offset + now
        return time - time % self.resolution


_ALARM = ClockRow(resolution=0, refusal="EOPNOTSUPP")
_BY_NAME = {
    "CLOCK_REALTIME": ClockRow(SWITCHED_ON),
    "CLOCK_MONOTONIC": ClockRow(),
    "CLOCK_PROCESS_CPUTIME_ID": ClockRow(processor_time=True),
    "CLOCK_THREAD_CPUTIME_ID": ClockRow(processor_time=True, sleeps=False),
    "CLOCK_MONOTONIC_RAW": ClockRow(sleeps=False),
    "CLOCK_REALTIME_COARSE": ClockRow(SWITCHED_ON, TICK, sleeps=False),
    "CLOCK_MONOTONIC_COARSE": ClockRow(resolution=TICK, sleeps=False),
    "CLOCK_BOOTTIME": ClockRow(),
    "CLOCK_REALTIME_ALARM": _ALARM,
    "CLOCK_BOOTTIME_ALARM": _ALARM,
    "CLOCK_TAI": ClockRow(SWITCHED_ON),
}
CLOCKS = {CONSTANTS[name]: row for name, row in _BY_NAME.items()}
_OPEN_FILE = ClockRow(resolution=0, sleeps=False)  # of a descriptor that isn't a clock's
_NOBODY = ClockRow(resolution=0, processor_time=True, refusal="EINVAL")


def find(kernel: Kernel, clock: int) -> ClockRow | None:
    """The clock of a number, or None [clockid_to_kclock]."""
    return CLOCKS.get(clock) if clock >= 0 else _processor_time(kernel, clock)


def _processor_time(kernel: Kernel, clock: int) -> ClockRow:
    """A number below zero is a process's id, negated, and three bits that say what is counted [pid_for_clock].

    Of other processes nothing is known here.
    """
    what, pid, thread = clock & 3, ~(clock >> 3), bool(clock & PER_THREAD)
    if clock & 7 == DESCRIPTOR:
        return _OPEN_FILE
    own = {0, kernel.thread.tid} if thread else {0, kernel.process.pid, kernel.thread.tid}
    if what == DESCRIPTOR or pid not in own:
        return _NOBODY
    resolution = 1 if what == SCHEDULER else TICK
    return ClockRow(resolution=resolution, processor_time=True, refusal="EINVAL" if thread else None)


def readable(kernel: Kernel, clock: int) -> ClockRow:
    """A clock that can be read. Raises Errno EINVAL."""
    row = find(kernel, clock)
    if row is None or not row.resolution:
        raise Errno("EINVAL")
    return row


def clock_gettime(kernel: Kernel, clockid: ClockId, tp: OutTimespec) -> Int:
    """What a clock says."""
    write_timespec(kernel.memory, tp, readable(kernel, clockid).now(kernel))
    return 0


def clock_getres(kernel: Kernel, clockid: ClockId, res: OutTimespec) -> Int:
    """In which steps a clock moves."""
    row = readable(kernel, clockid)
    if res:
        write_timespec(kernel.memory, res, row.resolution)
    return 0


def gettimeofday(kernel: Kernel, tv: OutTimeval, tz: OutTimezone) -> Int:
    """Wall-clock time and time zone, which is UTC."""
    if tv:
        user.write(kernel.memory, tv, TIMEVAL.whole.codec.pack(*timeval(kernel.clock.wall)))
    if tz:
        user.write(kernel.memory, tz, bytes(TIMEZONE.size))
    return 0


def time(kernel: Kernel, tloc: TimePointer) -> Time:
    """Seconds since 1970."""
    seconds = kernel.clock.wall // SECOND
    if tloc:
        user.write(kernel.memory, tloc, seconds.to_bytes(8, "little"))
    return seconds
