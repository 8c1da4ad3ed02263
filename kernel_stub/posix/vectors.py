"""readv and writev: one transfer with several buffers (POSIX: readv(2), writev(2))."""

from __future__ import annotations

import struct

from kernel_stub import user
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Fd, Int, InterruptibleSize, SignedSize
from kernel_stub.outcomes import Errno
from kernel_stub.path_kinds import FileOffset
from kernel_stub.posix import offsets
from kernel_stub.posix.files import gather, put, wait_for_input

IOVEC = struct.Struct("<QQ")  # iov_base, iov_len
IOV_MAX = 1024


def readv(kernel: Kernel, fd: Fd, iov: Address, iovcnt: Int) -> InterruptibleSize:
    """Read from a file into several buffers, one after the other."""
    open_file = kernel.process.files.get(fd).open_file
    if not open_file.readable:
        raise Errno("EBADF")
    buffers = _buffers(kernel, iov, iovcnt)
    total = sum(size for _, size in buffers)
    if total and (starved := wait_for_input(kernel, open_file)) is not None:
        return starved
    gather(kernel, open_file)
    return open_file.file.read(user.Scattered(kernel.memory, buffers), 0, total)


def writev(kernel: Kernel, fd: Fd, iov: Address, iovcnt: Int) -> InterruptibleSize:
    """Write several buffers to a file, as if they were one."""
    open_file = kernel.process.files.get(fd).open_file
    if not open_file.writable:
        raise Errno("EBADF")
    buffers = _buffers(kernel, iov, iovcnt)
    total = sum(size for _, size in buffers)
    return put(kernel, open_file, user.Scattered(kernel.memory, buffers), 0, total, fd)


def preadv(kernel: Kernel, fd: Fd, iov: Address, iovcnt: Int, offset: FileOffset) -> SignedSize:
    """Read from a place in a file into several buffers."""
    open_file = offsets.positioned(kernel, fd, offset)
    buffers = _buffers(kernel, iov, iovcnt)
    total = sum(size for _, size in buffers)
    return offsets.read_at(kernel, open_file, user.Scattered(kernel.memory, buffers), 0, total, offset)


def pwritev(kernel: Kernel, fd: Fd, iov: Address, iovcnt: Int, offset: FileOffset) -> SignedSize:
    """Write several buffers to a place in a file."""
    open_file = offsets.positioned(kernel, fd, offset)
    buffers = _buffers(kernel, iov, iovcnt)
    total = sum(size for _, size in buffers)
    return offsets.write_at(kernel, open_file, user.Scattered(kernel.memory, buffers), 0, total, offset)


def _buffers(kernel: Kernel, iov: int, count: int) -> list[tuple[int, int]]:
    """Address and size of each buffer, together no more than a call may move. Raises Errno."""
    if not 0 <= count <= IOV_MAX:
        raise Errno("EINVAL")
    buffers, left = [], kernel.personality.transfer_size(0, 1 << 46)
    rows = list(IOVEC.iter_unpack(user.read(kernel.memory, iov, IOVEC.size * count)))
    if any(size >> 63 for _, size in rows):
        raise Errno("EINVAL")
    for address, size in rows:
        size = min(kernel.personality.transfer_size(address, size) if size else 0, left)
        left -= size
        buffers.append((address, size))
    return buffers
