"""Calls that Darwin answers by rules of its own."""

from collections.abc import Callable
from typing import Annotated

from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.flags import FCNTL, Argument, Command, Result
from kernel_stub.files import Descriptor
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import INT, Fd
from kernel_stub.outcomes import Errno, Results
from kernel_stub.posix import fcntl as commands
from kernel_stub.posix import pipes

Pair = Annotated[Results, INT]

# bsd/sys/fcntl.h: FCNTLFLAGS
SETTABLE = sum(CONSTANTS[name] for name in ("O_APPEND", "O_ASYNC", "O_SYNC", "O_DSYNC", "O_NONBLOCK"))


def set_status_flags(kernel: Kernel, descriptor: Descriptor, argument: int) -> int:
    """F_SETFL: of the status flags these can change.

    xnu first turns open's flags into its own by adding 1 (FFLAGS), also here: so the access mode 3,
    which open doesn't have, carries into O_NONBLOCK.
    """
    open_file = descriptor.open_file
    open_file.flags = argument + 1 & SETTABLE | open_file.flags & ~SETTABLE
    return 0


COMMANDS: dict[int, Callable[[Kernel, Descriptor, int], int]] = {
    CONSTANTS["F_DUPFD"]: commands.duplicate,
    CONSTANTS["F_DUPFD_CLOEXEC"]: commands.duplicate_close_on_exec,
    CONSTANTS["F_GETFD"]: commands.get_descriptor_flags,
    CONSTANTS["F_SETFD"]: commands.set_descriptor_flags,
    CONSTANTS["F_GETFL"]: commands.get_status_flags,
    CONSTANTS["F_SETFL"]: set_status_flags,
}


def pipe(kernel: Kernel) -> Pair:
    """Make a pipe: the descriptor to read from is the result, the one to write to the second result."""
    return Results(*pipes.make(kernel))


def fcntl(kernel: Kernel, fd: Fd, cmd: Command, arg: Argument) -> Result:
    """Ask or change something about a descriptor or its open file."""
    descriptor = kernel.process.files.get(fd)
    command = COMMANDS.get(cmd)
    if command is None:
        raise Errno("EINVAL", simulated=cmd not in FCNTL.commands)
    return command(kernel, descriptor, arg)
