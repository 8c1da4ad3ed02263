"""Linux's structs for times on x86-64, and nanoseconds to and from them.

Sources: include/uapi/linux/time.h, include/linux/{time64.h,ktime.h} (times beyond the clock's end are its end).
"""

from __future__ import annotations

from kernel_stub import user
from kernel_stub.clock import NEVER, SECOND
from kernel_stub.cpu import Memory
from kernel_stub.layout import Layout, i32, i64, nested, u64
from kernel_stub.outcomes import Errno

TIME = Layout("time_t", i64("seconds"))
# The fractions are longs; the kernel, where it judges them, and strace take them as unsigned.
TIMESPEC = Layout("timespec", i64("tv_sec"), u64("tv_nsec"))
TIMEVAL = Layout("timeval", i64("tv_sec"), u64("tv_usec"))
ITIMERVAL = Layout("itimerval", nested("it_interval", TIMEVAL), nested("it_value", TIMEVAL))
TIMEZONE = Layout("timezone", i32("tz_minuteswest"), i32("tz_dsttime"))

MICROSECOND = 1000
_timespec, _itimerval = TIMESPEC.whole.codec, ITIMERVAL.whole.codec


def nanoseconds(seconds: int, rest: int, unit: int) -> int:
    """A struct's two numbers as nanoseconds; `rest` counts units of that many. Raises Errno EINVAL."""
    if seconds < 0 or not 0 <= rest < SECOND // unit:
        raise Errno("EINVAL")
    return NEVER if seconds >= NEVER // SECOND else seconds * SECOND + rest * unit


def read_timespec(memory: Memory, address: int) -> int:
    """Nanoseconds from a struct timespec. Raises Errno EFAULT, EINVAL."""
    seconds, rest = _timespec.unpack(user.read(memory, address, TIMESPEC.size))
    return nanoseconds(seconds, rest, 1)


def write_timespec(memory: Memory, address: int, time: int) -> None:
    """A struct timespec from nanoseconds. Raises Errno EFAULT."""
    user.write(memory, address, _timespec.pack(*divmod(time, SECOND)))


def timeval(time: int) -> tuple[int, int]:
    """Seconds and microseconds of nanoseconds, rounded down."""
    seconds, rest = divmod(time, SECOND)
    return seconds, rest // MICROSECOND


def read_itimerval(memory: Memory, address: int) -> tuple[int, int]:
    """Value and interval of a struct itimerval in nanoseconds. Raises Errno EFAULT, EINVAL."""
    seconds, rest, first, first_rest = _itimerval.unpack(user.read(memory, address, ITIMERVAL.size))
    return nanoseconds(first, first_rest, MICROSECOND), nanoseconds(seconds, rest, MICROSECOND)


def write_itimerval(memory: Memory, address: int, value: int, interval: int) -> None:
    """A struct itimerval from nanoseconds. Raises Errno EFAULT."""
    user.write(memory, address, _itimerval.pack(*timeval(interval), *timeval(value)))
