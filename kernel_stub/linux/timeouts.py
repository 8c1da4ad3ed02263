"""What select, pselect6 and ppoll do around their waiting: a time limit that is told what is left of it, and a
signal mask for the time of the call. Source: fs/select.c (poll_select_set_timeout, poll_select_finish),
kernel/signal.c (set_user_sigmask)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kernel_stub import user
from kernel_stub.clock import NEVER
from kernel_stub.cpu import BadAddress
from kernel_stub.kernel import Kernel
from kernel_stub.linux.signal_calls import SET_SIZE, read_set
from kernel_stub.linux.time_structs import MICROSECOND, TIMEVAL, nanoseconds, read_timespec
from kernel_stub.outcomes import Blocked, Errno, Restart

AT_ONCE = 0  # the time limit of a call that doesn't sleep
_timeval = TIMEVAL.whole.codec
USEC_PER_SEC = 1_000_000


class Limit(NamedTuple):
    """A call's time limit: the clock's time, or None for ever; where the rest is told (0: nowhere), and in which
    unit the struct's second half counts."""

    until: int | None
    address: int = 0
    unit: int = 1


def from_timespec(kernel: Kernel, address: int) -> Limit:
    """A limit given as a struct timespec. Raises Errno EFAULT, EINVAL."""
    return _limit(kernel, address, read_timespec(kernel.memory, address), 1) if address else Limit(None)


def from_timeval(kernel: Kernel, address: int) -> Limit:
    """A limit given as a struct timeval; more microseconds than a second has are fine. Raises Errno EFAULT, EINVAL."""
    if not address:
        return Limit(None)
    seconds, rest = _timeval.unpack(user.read(kernel.memory, address, TIMEVAL.size))
    rest -= (rest >> 63) << 64
    carried = abs(rest) // USEC_PER_SEC * (-1 if rest < 0 else 1)
    time = nanoseconds(seconds + carried, rest - carried * USEC_PER_SEC, MICROSECOND)
    return _limit(kernel, address, time, MICROSECOND)


def _limit(kernel: Kernel, address: int, time: int, unit: int) -> Limit:
    return Limit(min(kernel.clock.now + time, NEVER) if time else AT_ONCE, address, unit)


def swap_mask(kernel: Kernel, address: int, size: int) -> None:
    """Let the thread have another mask until the call is over, if there is an address. Raises Errno EINVAL, EFAULT."""
    if address:
        if size != SET_SIZE:
            raise Errno("EINVAL")
        new, thread = read_set(kernel, address), kernel.thread
        thread.saved_mask, thread.blocked = thread.blocked, new


def finish(kernel: Kernel, limit: Limit, wait: Callable[[], int | Blocked | Restart]) -> int | Blocked | Restart:
    """Make the call itself; then tell the time that is left, and put the mask back unless a signal ended it.

    A call whose rest can't be told isn't made again. Raises Errno.
    """
    try:
        answer = wait()
    except Errno:
        _unswap(kernel)
        _tell(kernel, limit)
        raise
    if isinstance(answer, Blocked):
        return answer
    if isinstance(answer, Restart):
        if not _tell(kernel, limit):
            raise Errno("EINTR")
        return answer
    _unswap(kernel)
    _tell(kernel, limit)
    return answer


def _unswap(kernel: Kernel) -> None:
    thread = kernel.thread
    if thread.saved_mask is not None:
        thread.blocked, thread.saved_mask = thread.saved_mask, None


def _tell(kernel: Kernel, limit: Limit) -> bool:
    """Write what is left of the time; False if that can't be written."""
    if not limit.address or limit.until == AT_ONCE or limit.until is None:
        return True
    seconds, rest = divmod(max(limit.until - kernel.clock.now, 0), 1_000_000_000)
    try:
        kernel.memory.copy_out(limit.address, _timeval.pack(seconds, rest // limit.unit))
    except BadAddress:
        return False
    return True
