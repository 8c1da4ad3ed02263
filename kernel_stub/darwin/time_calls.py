"""Darwin's calls about time: the interval timers, and the time of day.

Source: bsd/kern/kern_time.c (setitimer, getitimer, itimerfix, gettimeofday) of xnu 1228 (10.5).
"""

from __future__ import annotations

from typing import Annotated

from kernel_stub import timers, user
from kernel_stub.clock import SECOND
from kernel_stub.darwin.structs import ITIMERVAL, TIMEVAL
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import INT, Address, Int
from kernel_stub.outcomes import Errno, Results
from kernel_stub.struct_kinds import InStruct, OutStruct
from kernel_stub.timers import PROF, REAL

InItimerval = Annotated[int, InStruct("const struct itimerval *%", layout=ITIMERVAL)]
OutItimerval = Annotated[int, OutStruct("struct itimerval *%", layout=ITIMERVAL)]
InTimeval = Annotated[int, InStruct("struct timeval *%", layout=TIMEVAL)]
Which = Annotated[int, INT]
Answer = Annotated[int | Results, INT]

MICROSECOND = 1000
LONGEST = 100_000_000  # seconds that itimerfix lets through
_unpack = ITIMERVAL.whole.codec.unpack_from


def nanoseconds(seconds: int, microseconds: int) -> int:
    """A struct timeval as nanoseconds. Raises Errno EINVAL."""
    if not 0 <= seconds <= LONGEST or not 0 <= microseconds < 1_000_000:
        raise Errno("EINVAL")
    return seconds * SECOND + microseconds * MICROSECOND


def timeval(time: int) -> bytes:
    """The 16 bytes of a struct timeval for nanoseconds, rounded down."""
    seconds, rest = divmod(time, SECOND)
    return seconds.to_bytes(8, "little") + (rest // MICROSECOND).to_bytes(4, "little") + bytes(4)


def getitimer(kernel: Kernel, which: Which, itv: OutItimerval) -> Int:
    """Tell how long a timer still runs, and its interval."""
    state = kernel.process.timers
    if not REAL <= which <= PROF:
        raise Errno("EINVAL")
    left = max(state.running.get(which, 0) - timers.time(kernel, which), 0)
    user.write(kernel.memory, itv, timeval(state.intervals[which]) + timeval(left))
    return 0


def setitimer(kernel: Kernel, which: Which, itv: InItimerval, oitv: OutItimerval) -> Int:
    """Set a timer, and tell how it was set before, even if the new setting is refused."""
    state = kernel.process.timers
    if not REAL <= which <= PROF:
        raise Errno("EINVAL")
    new = user.read(kernel.memory, itv, ITIMERVAL.size) if itv else b""
    if oitv:
        getitimer(kernel, which, oitv)
    if new:
        seconds, rest, first, first_rest = _unpack(new)
        value, interval = nanoseconds(first, first_rest), nanoseconds(seconds, rest)
        if value:
            state.arm(which, timers.time(kernel, which) + value, interval)
        else:
            state.disarm(which, interval)
    return 0


def gettimeofday(kernel: Kernel, tp: Address, tzp: Address) -> Answer:
    """Tell the time since 1970: seconds in RAX and microseconds in RDX, nothing without a tp, which isn't written to.

    The C library puts them where its caller wants them, and Go's stub of 2008 takes them from the registers. The
    kernels since 10.12 write to tp. The time zone, where it is asked for, is one of nothing.
    """
    seconds, rest = divmod(kernel.clock.wall, SECOND) if tp else (0, 0)
    if tzp:
        user.write(kernel.memory, tzp, bytes(8))
    return Results(seconds, rest // MICROSECOND)
