"""setpgid(2) as Linux checks it. Source: kernel/sys.c (setpgid)."""

from __future__ import annotations

from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int
from kernel_stub.linux.kinds import Pid
from kernel_stub.outcomes import Errno
from kernel_stub.posix import groups


def setpgid(kernel: Kernel, pid: Pid, pgid: Pid) -> Int:
    """Put the caller or a child into a group of its session, or (0) into a new one."""
    if pgid < 0:
        raise Errno("EINVAL")
    target = groups.child(kernel, pid)
    if target is None:
        raise Errno("ESRCH")
    if target.session != kernel.process.session:
        raise Errno("EPERM")
    return groups.change(kernel, target, pgid)
