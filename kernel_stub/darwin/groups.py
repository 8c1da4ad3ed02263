"""setpgid(2) as xnu checks it. Source: bsd/kern/kern_prot.c (setpgid)."""

from __future__ import annotations

from kernel_stub import family
from kernel_stub.darwin.kinds import Pid
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int
from kernel_stub.outcomes import Errno
from kernel_stub.posix import groups
from kernel_stub.process import Process


def setpgid(kernel: Kernel, pid: Pid, pgid: Pid) -> Int:
    """Put the caller or a descendant into a group of its session, or (0) into a new one."""
    caller = kernel.process
    target: Process | None = caller
    if pid not in (0, caller.pid):
        target = family.find(kernel, pid)
        if target is None or not _inferior(kernel, target):
            raise Errno("ESRCH")
        if target.session != caller.session:
            raise Errno("EPERM")
    assert target is not None
    if target.session == target.pid:
        raise Errno("EPERM")
    if pgid < 0:
        raise Errno("EINVAL")
    return groups.change(kernel, target, pgid)


def _inferior(kernel: Kernel, process: Process | None) -> bool:
    """Whether a process descends from the caller."""
    while process is not None and process is not kernel.process:
        process = family.find(kernel, process.ppid)
    return process is not None
