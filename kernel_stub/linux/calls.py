"""Calls that only Linux has, or that it answers by rules of its own."""

from collections.abc import Callable

from kernel_stub.files import Descriptor
from kernel_stub.filesystem.open_files import DirectoryFile, RegularFile
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Fd, Int
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.file_kinds import Whence
from kernel_stub.linux.flags import FCNTL, Argument, Command, DupFlags, Result
from kernel_stub.outcomes import Errno
from kernel_stub.path_kinds import FileOffset
from kernel_stub.posix import fcntl as commands
from kernel_stub.posix import files, offsets

O_ASYNC, O_DIRECT, O_CLOEXEC = (CONSTANTS[name] for name in ("O_ASYNC", "O_DIRECT", "O_CLOEXEC"))
SETTABLE = O_ASYNC | sum(CONSTANTS[name] for name in ("O_APPEND", "O_NONBLOCK", "O_NOATIME"))


def gettid(kernel: Kernel) -> Int:
    """The calling thread's id."""
    return kernel.thread.tid


def dup2(kernel: Kernel, oldfd: Fd, newfd: Fd) -> Fd:
    """Make a chosen descriptor stand for an open file; onto itself it changes nothing, whatever the limit."""
    if oldfd != newfd:
        return files.dup2(kernel, oldfd, newfd)
    kernel.process.files.get(oldfd)
    return newfd


def dup3(kernel: Kernel, oldfd: Fd, newfd: Fd, flags: DupFlags) -> Fd:
    """dup2 that can set close-on-exec, and that takes no descriptor onto itself."""
    if flags & ~O_CLOEXEC or oldfd == newfd:
        raise Errno("EINVAL")
    files.dup2(kernel, oldfd, newfd)
    kernel.process.files.get(newfd).close_on_exec = bool(flags)
    return newfd


def lseek(kernel: Kernel, fd: Fd, offset: FileOffset, whence: Whence) -> FileOffset:
    """Move to another place in an open file."""
    return offsets.seek(kernel, fd, offset, whence)


def fsync(kernel: Kernel, fd: Fd) -> Int:
    """Wait until a file is on its disk: there is none."""
    if not isinstance(kernel.process.files.get(fd).open_file.file, RegularFile | DirectoryFile):
        raise Errno("EINVAL")
    return 0


def set_status_flags(kernel: Kernel, descriptor: Descriptor, argument: int) -> int:
    """F_SETFL: of the status flags these can change (fs/fcntl.c:setfl); a terminal has no direct I/O."""
    if argument & O_DIRECT:
        raise Errno("EINVAL")
    open_file = descriptor.open_file
    open_file.flags = argument & SETTABLE | open_file.flags & ~SETTABLE
    return 0


COMMANDS: dict[int, Callable[[Kernel, Descriptor, int], int]] = {
    CONSTANTS["F_DUPFD"]: commands.duplicate,
    CONSTANTS["F_DUPFD_CLOEXEC"]: commands.duplicate_close_on_exec,
    CONSTANTS["F_GETFD"]: commands.get_descriptor_flags,
    CONSTANTS["F_SETFD"]: commands.set_descriptor_flags,
    CONSTANTS["F_GETFL"]: commands.get_status_flags,
    CONSTANTS["F_SETFL"]: set_status_flags,
}


def fcntl(kernel: Kernel, fd: Fd, cmd: Command, arg: Argument) -> Result:
    """Ask or change something about a descriptor or its open file."""
    descriptor = kernel.process.files.get(fd)
    command = COMMANDS.get(cmd)
    if command is None:
        raise Errno("EINVAL", simulated=cmd not in FCNTL.commands)
    return command(kernel, descriptor, arg)
