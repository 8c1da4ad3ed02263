"""__semwait_signal: Mach semaphores behind a BSD call, with errno; nanosleep and pthread_cond_wait are made of it.

Source: bsd/kern/kern_sig.c (__semwait_signal).
"""

from __future__ import annotations

from typing import Annotated

from kernel_stub.clock import SECOND
from kernel_stub.darwin.mach.kern_return import KERN_ABORTED, KERN_OPERATION_TIMED_OUT, KERN_SUCCESS
from kernel_stub.darwin.mach.ports import MACH_PORT_NULL
from kernel_stub.darwin.mach.semaphores import Name, wait
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import LONG, Int, Interruptible
from kernel_stub.outcomes import Blocked, Errno

Seconds = Annotated[int, LONG]
ERRORS = {KERN_OPERATION_TIMED_OUT: "ETIMEDOUT", KERN_ABORTED: "EINTR"}  # all others are EINVAL


def __semwait_signal(
    kernel: Kernel, cond_sem: Name, mutex_sem: Name, timeout: Int, relative: Int, tv_sec: Seconds, tv_nsec: Int
) -> Interruptible:
    """Wait on a semaphore, at most until or for a time, and signal another once the wait has begun."""
    limit = None
    if timeout:
        limit = tv_sec * SECOND + tv_nsec
        if not relative:
            limit = max(0, limit - kernel.clock.wall)
        elif not 0 <= tv_nsec < SECOND or tv_sec < 0:
            raise Errno("EINVAL")
    result = wait(kernel, cond_sem, limit, None if mutex_sem == MACH_PORT_NULL else mutex_sem)
    if isinstance(result, Blocked):
        return result
    if result != KERN_SUCCESS:
        raise Errno(ERRORS.get(result, "EINVAL"))
    return 0
