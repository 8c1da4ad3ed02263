"""Taking a signal without a handler: rt_sigtimedwait. Source: kernel/signal.c (do_sigtimedwait)."""

from __future__ import annotations

from kernel_stub import posting, signals, user
from kernel_stub.clock import NEVER
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Interruptible, Size
from kernel_stub.linux import siginfo
from kernel_stub.linux.kinds import NewSet, SigInfoPointer
from kernel_stub.linux.signal_calls import SET_SIZE, read_set
from kernel_stub.linux.time_kinds import InTimespec
from kernel_stub.linux.time_structs import read_timespec
from kernel_stub.outcomes import Blocked, Errno, Wait


def rt_sigtimedwait(
    kernel: Kernel, uthese: NewSet, uinfo: SigInfoPointer, uts: InTimespec, sigsetsize: Size
) -> Interruptible:
    """Wait for a signal of a set, and take it; for a time, or with a null pointer for ever."""
    wait = kernel.thread.waiting
    if wait is None:
        wait = _wait(kernel, uthese, uts, sigsetsize)
    info = posting.take(kernel, ~wait.signals)
    if info is not None:
        if uinfo:
            user.write(kernel.memory, uinfo, siginfo.encode(info))
        return info.signal
    if wait.until is not None and kernel.clock.now >= wait.until:
        raise Errno("EAGAIN")
    if signals.deliverable(kernel.process, kernel.thread):
        raise Errno("EINTR")
    return Blocked(wait)


def _wait(kernel: Kernel, uthese: int, uts: int, sigsetsize: int) -> Wait:
    """What is waited for. Raises Errno EINVAL, EFAULT."""
    if sigsetsize != SET_SIZE:
        raise Errno("EINVAL")
    wanted = read_set(kernel, uthese)
    until = min(kernel.clock.now + read_timespec(kernel.memory, uts), NEVER) if uts else None
    return Wait("a signal of a set", until, wanted)
