"""The commands of fcntl that both systems have. Their numbers differ, so each system's own fcntl calls them.

A command takes the kernel, the descriptor's entry and the raw argument, a long.
"""

from __future__ import annotations

from kernel_stub.files import Descriptor
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import INT
from kernel_stub.outcomes import Errno

FD_CLOEXEC = 1  # the same bit on every system


def duplicate(kernel: Kernel, descriptor: Descriptor, argument: int) -> int:
    """F_DUPFD: the lowest free descriptor that isn't below the argument."""
    return _duplicate(kernel, descriptor, argument, close_on_exec=False)


def duplicate_close_on_exec(kernel: Kernel, descriptor: Descriptor, argument: int) -> int:
    """F_DUPFD_CLOEXEC: the same, and the new one is closed by execve."""
    return _duplicate(kernel, descriptor, argument, close_on_exec=True)


def _duplicate(kernel: Kernel, descriptor: Descriptor, argument: int, *, close_on_exec: bool) -> int:
    files, lowest = kernel.process.files, INT.decode(argument)
    if not 0 <= lowest < files.limit:
        raise Errno("EINVAL")
    return files.install(descriptor.open_file, lowest=lowest, close_on_exec=close_on_exec)


def get_descriptor_flags(kernel: Kernel, descriptor: Descriptor, argument: int) -> int:
    """F_GETFD: the flags of this descriptor alone."""
    return FD_CLOEXEC if descriptor.close_on_exec else 0


def set_descriptor_flags(kernel: Kernel, descriptor: Descriptor, argument: int) -> int:
    """F_SETFD: close-on-exec or not; other bits don't count."""
    descriptor.close_on_exec = bool(argument & FD_CLOEXEC)
    return 0


def get_status_flags(kernel: Kernel, descriptor: Descriptor, argument: int) -> int:
    """F_GETFL: access mode and status flags of the open file description."""
    return descriptor.open_file.status
