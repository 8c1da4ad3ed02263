"""What descriptors of files in the tree stand for: regular files, directories, devices (see `files.File`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kernel_stub.clock import SECOND
from kernel_stub.cpu import MASK64, BadAddress, Readable, Writable
from kernel_stub.filesystem.inodes import Inode
from kernel_stub.filesystem.tree import FileSystem
from kernel_stub.outcomes import Errno, Wait
from kernel_stub.randomness import Randomness
from kernel_stub.readiness import ALWAYS, Readiness

PIECE = 1 << 20  # bytes that are moved at once: a guest may ask for many more than it has room for
DAY = 86400 * SECOND


@dataclass(eq=False, slots=True)
class InodeFile:
    """A file of the tree, opened; `offset` is where reading and writing go on."""

    files: FileSystem
    inode: Inode
    offset: int = 0

    def wait(self, now: int) -> Wait | None:
        """See `files.File`: it never sleeps."""
        return None

    @property
    def readiness(self) -> Readiness:
        """See `files.File`."""
        return ALWAYS

    def release(self) -> None:
        """See `files.File`."""
        self.files.released(self.inode)

    def read_at(self, memory: Writable, address: int, offset: int, count: int) -> int:
        """Read without moving the offset. Raises Errno."""
        raise NotImplementedError

    def write_at(self, memory: Readable, address: int, offset: int, count: int) -> int:
        """Write without moving the offset. Raises Errno."""
        raise NotImplementedError

    def read(self, memory: Writable, address: int, count: int) -> int:
        """See `files.File`."""
        moved = self.read_at(memory, address, self.offset, count)
        self.offset += moved
        return moved

    def write(self, memory: Readable, address: int, count: int, fd: int) -> int:
        """See `files.File`."""
        moved = self.write_at(memory, address, self.offset, count)
        self.offset += moved
        return moved

    def touch(self) -> None:
        """It was read: the access time follows, once a day or after a change (relatime)."""
        inode, now = self.inode, self.files.clock.wall
        due = inode.atime <= max(inode.mtime, inode.ctime) or now - inode.atime >= DAY
        if due and not inode.read_only:
            inode.atime = now


class RegularFile(InodeFile):
    """A regular file. What limits its size, and O_APPEND, posix/regular.py knows."""

    __slots__ = ()

    def read_at(self, memory: Writable, address: int, offset: int, count: int) -> int:
        """See `InodeFile`. Raises Errno EFAULT if not even one byte could be moved."""
        contents, done = self.files.contents(self.inode), 0
        while done < count and (piece := contents.read(offset + done, min(count - done, PIECE))):
            moved = copy_out(memory, address + done, piece)
            done += moved
            if moved < len(piece):
                break
        if not done and count and offset < contents.size:
            raise Errno("EFAULT")
        if done:
            self.touch()
        return done

    def write_at(self, memory: Readable, address: int, offset: int, count: int) -> int:
        """See `InodeFile`. Raises Errno EFAULT, ENOSPC if not even one byte could be moved."""
        done = 0
        while done < count:
            data = copy_in(memory, address + done, min(count - done, PIECE))
            try:
                taken = self.files.write(self.inode, offset + done, data) if data else 0
            except Errno:
                if done:
                    return done
                raise
            done += taken
            if not taken:
                break
        if count and not done:
            raise Errno("EFAULT")
        return done


class DirectoryFile(InodeFile):
    """A directory; `offset` is the place of the next entry to be listed."""

    __slots__ = ()

    def read_at(self, memory: Writable, address: int, offset: int, count: int) -> int:
        """There are calls of their own to list directories."""
        raise Errno("EISDIR")

    def write_at(self, memory: Readable, address: int, offset: int, count: int) -> int:
        """Not open for that."""
        raise Errno("EBADF")

    def listing(self) -> Iterator[tuple[int, bytes, Inode]]:
        """The entries from the offset on: the place behind each, its name, its file. Raises Errno."""
        files, inode, start = self.files, self.inode, self.offset
        entries, cookies = files.entries(inode), inode.cookies
        self.touch()
        if inode.nlink and start < 1:
            yield 1, b".", inode
        if inode.nlink and start < 2:
            yield 2, b"..", files.inodes.get(inode.parent, inode)
        for name, number in entries.items():
            if cookies[name] > start:
                yield cookies[name], name, files.inodes[number]


@dataclass(eq=False, slots=True)
class Device(InodeFile):
    """A character device: null, zero, full or random."""

    randomness: Randomness | None = None

    def read_at(self, memory: Writable, address: int, offset: int, count: int) -> int:
        """See `InodeFile`."""
        done = 0
        while self.inode.driver != "null" and done < count:
            size = min(count - done, PIECE)
            piece = self.randomness.take(size) if self.randomness is not None else bytes(size)
            moved = copy_out(memory, address + done, piece)
            done += moved
            if moved < size:
                break
        if not done and count and self.inode.driver != "null":
            raise Errno("EFAULT")
        return done

    def write_at(self, memory: Readable, address: int, offset: int, count: int) -> int:
        """See `InodeFile`: all is taken, and gone. Raises Errno ENOSPC for what is full."""
        if self.inode.driver == "full":
            raise Errno("ENOSPC")
        return count

    def read(self, memory: Writable, address: int, count: int) -> int:
        """See `files.File`: a device has no places."""
        return self.read_at(memory, address, 0, count)

    def write(self, memory: Readable, address: int, count: int, fd: int) -> int:
        """See `files.File`."""
        return self.write_at(memory, address, 0, count)


def copy_out(memory: Writable, address: int, data: bytes) -> int:
    """Bytes to the guest; how many it could take."""
    try:
        memory.copy_out(address, data)
    except BadAddress as bad:
        return bad.address - address & MASK64
    return len(data)


def copy_in(memory: Readable, address: int, size: int) -> bytes:
    """Bytes from the guest, up to the first that can't be read."""
    try:
        return memory.copy_in(address, size)
    except BadAddress as bad:
        good = bad.address - address & MASK64
        return memory.copy_in(address, good) if good else b""
