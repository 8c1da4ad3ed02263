"""fork and vfork: both processes get the child's id, and the second result tells the child (1) from its parent (0).

Source: bsd/kern/kern_fork.c (fork, vfork, forkproc), osfmk/i386/pcb.c (thread_set_child).
"""

from __future__ import annotations

from typing import Annotated

from kernel_stub import family
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.signals import BY_NAME
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import INT
from kernel_stub.outcomes import Blocked, Errno, Results
from kernel_stub.posix import fork as births
from kernel_stub.process import Process

SIGCHLD = BY_NAME["SIGCHLD"].number
# P_NOCLDSTOP and P_NOCLDWAIT are flags of the process, of which a child inherits neither.
OWN_FLAGS = CONSTANTS["SA_NOCLDSTOP"] | CONSTANTS["SA_NOCLDWAIT"]

Pair = Annotated[Results | Blocked, INT]


def fork(kernel: Kernel) -> Pair:
    """Make a process, which goes on behind the call with a copy of the memory."""
    return Results(_make(kernel).pid, 0)


def vfork(kernel: Kernel) -> Pair:
    """Make a process that uses the caller's memory; the caller sleeps until it has ended."""
    loan, wait = births.lent(kernel), kernel.thread.waiting
    if loan is not None and wait is not None:
        return Results(loan.child, 0) if loan.ready else Blocked(wait)
    if kernel.process.borrows:
        raise Errno("EINVAL")
    return births.lend(kernel, _make(kernel, share_memory=True))


def _make(kernel: Kernel, *, share_memory: bool = False) -> Process:
    child = births.copy(kernel, share_memory=share_memory)
    action = child.actions[SIGCHLD]
    child.actions[SIGCHLD] = action._replace(flags=action.flags & ~OWN_FLAGS)
    frame = kernel.registers.copy()
    kernel.personality.set_result(frame, child.pid, 1)
    family.start(kernel, child, frame)
    return child
