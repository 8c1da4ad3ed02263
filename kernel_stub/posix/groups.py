"""Process groups and sessions, as far as all systems agree (POSIX: getpgid(2), setsid(2), ...)."""

from __future__ import annotations

from kernel_stub import family, groups
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int
from kernel_stub.outcomes import Errno
from kernel_stub.process import Neighbour, Process


def getpgrp(kernel: Kernel) -> Int:
    """The process's group."""
    return kernel.process.pgrp


def getpgid(kernel: Kernel, pid: Int) -> Int:
    """The group of a process; 0 is the caller."""
    return _known(kernel, pid).pgrp


def getsid(kernel: Kernel, pid: Int) -> Int:
    """The session of a process; 0 is the caller."""
    return _known(kernel, pid).session


def _known(kernel: Kernel, pid: int) -> Process | Neighbour:
    """Raises Errno ESRCH."""
    process = kernel.process
    everybody: tuple[Process | Neighbour, ...] = (*kernel.processes, *process.neighbours)
    for one in everybody:
        if one.pid == (pid or process.pid):
            return one
    raise Errno("ESRCH")


def setsid(kernel: Kernel) -> Int:
    """Start a session, which a group's leader can't; the answer is its id."""
    process = kernel.process
    if groups.session_of(kernel, process.pid) is not None:
        raise Errno("EPERM")
    process.session = process.pgrp = process.pid
    return process.pid


def change(kernel: Kernel, target: Process, group: int) -> int:
    """Put a process into a group of its session, or into a new one of its own (0). Raises Errno EPERM."""
    if target.session == target.pid:
        raise Errno("EPERM")
    group = group or target.pid
    if group != target.pid and groups.session_of(kernel, group) != kernel.process.session:
        raise Errno("EPERM")
    target.pgrp = group
    return 0


def child(kernel: Kernel, pid: int) -> Process | None:
    """The caller (0), or a child that has an id."""
    target = kernel.process if pid in (0, kernel.process.pid) else family.find(kernel, pid)
    return target if target is not None and kernel.process.pid in (target.pid, target.ppid) else None
