"""Calls on descriptors that both systems answer alike; where their rules differ, the personality knows."""

from kernel_stub import signals
from kernel_stub.cpu import Readable
from kernel_stub.files import OpenFile
from kernel_stub.filesystem.open_files import RegularFile
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Fd, InBytes, Int, InterruptibleSize, OutBytes, Size
from kernel_stub.outcomes import Blocked, Errno, Restart
from kernel_stub.pipes import WriteEnd
from kernel_stub.posix import pipes, regular


def read(kernel: Kernel, fd: Fd, buf: OutBytes, count: Size) -> InterruptibleSize:
    """Read from a file into memory."""
    open_file = kernel.process.files.get(fd).open_file
    if not open_file.readable:
        raise Errno("EBADF")
    size = kernel.personality.transfer_size(buf, count)
    if size and (starved := wait_for_input(kernel, open_file)) is not None:
        return starved
    gather(kernel, open_file)
    return open_file.file.read(kernel.memory, buf, size)


def gather(kernel: Kernel, open_file: OpenFile) -> None:
    """Before a file is read: what the process wrote to it through a shared mapping counts."""
    file = open_file.file
    if isinstance(file, RegularFile) and file.inode.mapped:
        kernel.process.space.store(kernel.memory, inode=file.inode)


def wait_for_input(kernel: Kernel, open_file: OpenFile) -> Blocked | Restart | None:
    """What a read answers while there is nothing to read, or None if it can go on. Raises Errno EAGAIN."""
    wait = open_file.file.wait(kernel.clock.now)
    if wait is None:
        return None
    if open_file.flags & kernel.personality.constants["O_NONBLOCK"]:
        raise Errno("EAGAIN")
    if signals.deliverable(kernel.process, kernel.thread):
        return Restart.ERESTARTSYS
    return Blocked(wait)


def write(kernel: Kernel, fd: Fd, buf: InBytes, count: Size) -> InterruptibleSize:
    """Write from memory to a file."""
    open_file = kernel.process.files.get(fd).open_file
    if not open_file.writable:
        raise Errno("EBADF")
    return put(kernel, open_file, kernel.memory, buf, kernel.personality.transfer_size(buf, count), fd)


def put(
    kernel: Kernel, open_file: OpenFile, memory: Readable, address: int, size: int, fd: int
) -> int | Blocked | Restart:
    """Hand bytes to a file, however it takes them. Raises Errno."""
    file = open_file.file
    if isinstance(file, WriteEnd):
        return pipes.write(kernel, open_file, file, memory, address, size)
    if isinstance(file, RegularFile):
        return regular.write(kernel, open_file, file, memory, address, size)
    return file.write(memory, address, size, fd)


def close(kernel: Kernel, fd: Fd) -> Int:
    """Free a descriptor."""
    kernel.process.files.close(fd)
    return 0


def dup(kernel: Kernel, oldfd: Fd) -> Fd:
    """Give an open file a second descriptor, the lowest free one."""
    files = kernel.process.files
    return files.install(files.get(oldfd).open_file)


def dup2(kernel: Kernel, oldfd: Fd, newfd: Fd) -> Fd:
    """Make a chosen descriptor stand for an open file, closing what it stood for."""
    files = kernel.process.files
    source = files.get(oldfd)
    if not 0 <= newfd < files.limit:
        raise Errno("EBADF")
    if newfd != oldfd:
        files.replace(newfd, source.open_file)
    return newfd
