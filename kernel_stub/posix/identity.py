"""Who the process is: ids, which never fail to be told (POSIX: getpid(2), getuid(2), getgid(2))."""

from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Id, Int


def getpid(kernel: Kernel) -> Int:
    """The process's id."""
    return kernel.process.pid


def getppid(kernel: Kernel) -> Int:
    """The id of the process that made this one."""
    return kernel.process.ppid


def getuid(kernel: Kernel) -> Id:
    """The real user id."""
    return kernel.process.credentials.uid


def geteuid(kernel: Kernel) -> Id:
    """The effective user id."""
    return kernel.process.credentials.euid


def getgid(kernel: Kernel) -> Id:
    """The real group id."""
    return kernel.process.credentials.gid


def getegid(kernel: Kernel) -> Id:
    """The effective group id."""
    return kernel.process.credentials.egid
