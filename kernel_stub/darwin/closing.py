"""Darwin's close and dup2: nobody goes on to select on a descriptor that is closed.

The kernel marks the descriptor, wakes who selects on it, and waits until they are out; they find the mark, whatever
else is ready. Here the one that closes goes on at once.

Source: bsd/kern/kern_descrip.c (close_internal, dup2, fileproc_drain), bsd/kern/sys_generic.c (selprocess, selscan).
"""

from __future__ import annotations

from dataclasses import dataclass

from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Fd, Int
from kernel_stub.posix import files
from kernel_stub.posix.select import Selection


@dataclass(frozen=True, slots=True)
class Closed:
    """What wakes a select: a descriptor of its was closed."""

    ready: bool = True


def close(kernel: Kernel, fd: Fd) -> Int:
    """Free a descriptor."""
    answer = files.close(kernel, fd)
    _drain(kernel, fd)
    return answer


def dup2(kernel: Kernel, oldfd: Fd, newfd: Fd) -> Fd:
    """Make a chosen descriptor stand for an open file, closing what it stood for."""
    answer = files.dup2(kernel, oldfd, newfd)
    if newfd != oldfd:
        _drain(kernel, newfd)
    return answer


def _drain(kernel: Kernel, fd: int) -> None:
    for thread in kernel.process.threads:
        wait = thread.waiting
        if wait is not None and isinstance(wait.source, Selection) and wait.source.asked.has(fd):
            thread.waiting = wait._replace(source=Closed())
