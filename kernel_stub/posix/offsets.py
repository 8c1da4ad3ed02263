"""Where in a file: lseek, and transfers at a position (POSIX: lseek(2), pread(2), pwrite(2))."""

from __future__ import annotations

from kernel_stub.cpu import Readable, Writable
from kernel_stub.files import OpenFile
from kernel_stub.filesystem.open_files import Device, DirectoryFile, InodeFile, RegularFile
from kernel_stub.filesystem.tree import LARGEST_FILE
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Fd, InBytes, OutBytes, SignedSize, Size
from kernel_stub.outcomes import Errno
from kernel_stub.path_kinds import FileOffset
from kernel_stub.posix import regular
from kernel_stub.posix.files import gather

WHENCE = ("SEEK_SET", "SEEK_CUR", "SEEK_END", "SEEK_DATA", "SEEK_HOLE")


def seek(kernel: Kernel, fd: int, offset: int, whence: int) -> int:
    """Move an open file's offset; where it is then. Raises Errno EBADF, ESPIPE, EINVAL, ENXIO, EOVERFLOW."""
    file = kernel.process.files.get(fd).open_file.file
    constants = kernel.personality.constants
    name = next((name for name in WHENCE if constants[name] == whence), None)
    if name is None:
        raise Errno("EINVAL")
    if not isinstance(file, InodeFile):
        raise Errno("ESPIPE")
    if isinstance(file, Device):
        return 0
    to = _target(kernel, file, offset, name)
    if to < 0:
        raise Errno("EINVAL")
    if to > LARGEST_FILE:
        raise Errno("EOVERFLOW" if name in ("SEEK_CUR", "SEEK_END") and offset < 0 else "EINVAL")
    file.offset = to
    return to


def _target(kernel: Kernel, file: InodeFile, offset: int, whence: str) -> int:
    match whence:
        case "SEEK_SET":
            return offset
        case "SEEK_CUR":
            return file.offset + offset
    if isinstance(file, DirectoryFile):
        raise Errno("EINVAL")
    contents = kernel.filesystem.contents(file.inode)
    if whence == "SEEK_END":
        return contents.size + offset
    if not 0 <= offset < contents.size:
        raise Errno("ENXIO")
    found = contents.next_data(offset) if whence == "SEEK_DATA" else contents.next_hole(offset)
    if found is None:
        raise Errno("ENXIO")
    return found


def pread(kernel: Kernel, fd: Fd, buf: OutBytes, count: Size, offset: FileOffset) -> SignedSize:
    """Read from a place in a file, and leave the open file where it is."""
    open_file = positioned(kernel, fd, offset)
    return read_at(kernel, open_file, kernel.memory, buf, kernel.personality.transfer_size(buf, count), offset)


def pwrite(kernel: Kernel, fd: Fd, buf: InBytes, count: Size, offset: FileOffset) -> SignedSize:
    """Write to a place in a file, and leave the open file where it is."""
    open_file = positioned(kernel, fd, offset)
    size = kernel.personality.transfer_size(buf, count)
    return write_at(kernel, open_file, kernel.memory, buf, size, offset)


def positioned(kernel: Kernel, fd: int, offset: int) -> OpenFile:
    """An open file that has places. Raises Errno EINVAL, EBADF, ESPIPE."""
    if offset < 0:
        raise Errno("EINVAL")
    open_file = kernel.process.files.get(fd).open_file
    if not isinstance(open_file.file, InodeFile):
        raise Errno("ESPIPE")
    return open_file


def read_at(kernel: Kernel, open_file: OpenFile, memory: Writable, address: int, size: int, offset: int) -> int:
    """Raises Errno EBADF if it isn't open for that."""
    if not open_file.readable:
        raise Errno("EBADF")
    gather(kernel, open_file)
    assert isinstance(open_file.file, InodeFile)
    return open_file.file.read_at(memory, address, offset, size)


def write_at(kernel: Kernel, open_file: OpenFile, memory: Readable, address: int, size: int, offset: int) -> int:
    """Raises Errno EBADF if it isn't open for that."""
    if not open_file.writable:
        raise Errno("EBADF")
    file = open_file.file
    if isinstance(file, RegularFile):
        return regular.write(kernel, open_file, file, memory, address, size, offset)
    assert isinstance(file, InodeFile)
    return file.write_at(memory, address, offset, size)
