"""Calls on descriptors that both systems answer alike; where their rules differ, the personality knows."""

from kernel_stub.files import Descriptor
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Fd, InBytes, Int, OutBytes, SignedSize, Size
from kernel_stub.outcomes import Errno


def read(kernel: Kernel, fd: Fd, buf: OutBytes, count: Size) -> SignedSize:
    """Read from a file into memory."""
    open_file = kernel.process.files.get(fd).open_file
    if not open_file.readable:
        raise Errno("EBADF")
    size = kernel.personality.transfer_size(buf, count)
    return open_file.file.read(kernel.memory, buf, size)


def write(kernel: Kernel, fd: Fd, buf: InBytes, count: Size) -> SignedSize:
    """Write from memory to a file."""
    open_file = kernel.process.files.get(fd).open_file
    if not open_file.writable:
        raise Errno("EBADF")
    size = kernel.personality.transfer_size(buf, count)
    return open_file.file.write(kernel.memory, buf, size, fd)


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
        files.descriptors[newfd] = Descriptor(source.open_file)
    return newfd
