"""Linux's calls for interval timers: how they read, round and report what kernel_stub.timers counts.

Source: kernel/time/itimer.c. A processor-time timer is set one timer tick later than asked for.
"""

from __future__ import annotations

from kernel_stub import timers
from kernel_stub.clock import NEVER, SECOND
from kernel_stub.cpu import MASK64
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int
from kernel_stub.linux.clocks import TICK
from kernel_stub.linux.time_kinds import InItimerval, OutItimerval, Seconds, Which
from kernel_stub.linux.time_structs import MICROSECOND, read_itimerval, write_itimerval
from kernel_stub.outcomes import Errno
from kernel_stub.timers import PROF, REAL


def getitimer(kernel: Kernel, which: Which, curr_value: OutItimerval) -> Int:
    """Tell how long a timer still runs, and its interval."""
    write_itimerval(kernel.memory, curr_value, *_setting(kernel, which))
    return 0


def setitimer(kernel: Kernel, which: Which, new_value: InItimerval, old_value: OutItimerval) -> Int:
    """Set a timer, and tell how it was set before; a null pointer stops it."""
    value, interval = read_itimerval(kernel.memory, new_value) if new_value else (0, 0)
    old = _setting(kernel, which)
    _set(kernel, which, value, interval)
    if old_value:
        write_itimerval(kernel.memory, old_value, *old)
    return 0


def alarm(kernel: Kernel, seconds: Seconds) -> Seconds:
    """Set the real-time timer to whole seconds, once; the answer is what was left, rounded and never 0."""
    left, _ = _setting(kernel, REAL)
    _set(kernel, REAL, seconds * SECOND, 0)
    whole, rest = divmod(left, SECOND)
    return whole + ((not whole and rest > 0) or rest >= SECOND // 2) & 0xFFFF_FFFF


def _setting(kernel: Kernel, which: int) -> tuple[int, int]:
    """What is left, and the interval, in nanoseconds. Raises Errno EINVAL.

    A timer that is due but hasn't been served yet still has its shortest time.
    """
    if not REAL <= which <= PROF:
        raise Errno("EINVAL")
    state = kernel.process.timers
    expires = state.running.get(which)
    if expires is None:
        return 0, state.intervals[which]
    left = expires - timers.time(kernel, which)
    if left <= 0:
        left = MICROSECOND if which == REAL else TICK
    return left - (left >> 63 << 64), state.intervals[which]  # unsigned there, but told as signed


def _set(kernel: Kernel, which: int, value: int, interval: int) -> None:
    state = kernel.process.timers
    if not value:
        state.disarm(which, 0 if which == REAL else interval)
    elif which == REAL:
        state.arm(which, min(kernel.clock.now + value, NEVER), interval)
    else:
        state.arm(which, value + TICK + timers.time(kernel, which) & MASK64, interval)
