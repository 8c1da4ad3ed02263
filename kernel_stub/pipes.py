"""Pipes: a queue of bytes between two open files (pipe(7)).

How much fits is counted in bytes; real kernels count pages (Linux) or grow the buffer (xnu), so that many
small writes may fill theirs a little earlier.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kernel_stub.cpu import BadAddress, Readable, Writable
from kernel_stub.filesystem.inodes import Inode
from kernel_stub.outcomes import Errno, Wait
from kernel_stub.readiness import Readiness

PAGE = 0x1000
FULL, LEAST = 16, 2  # pages of a pipe; of one that is made when the others have too many
SOFT_LIMIT = 16384  # pages of all pipes together (fs.pipe-user-pages-soft)


@dataclass(eq=False, slots=True)
class PipeMemory:
    """How many pages the system's pipes have (Linux: fs/pipe.c alloc_pipe_info, there for each user but root; xnu's
    own limit isn't simulated)."""

    pages: int = 0

    def take(self) -> int:
        """The pages of a new pipe."""
        size = FULL if self.pages + FULL <= SOFT_LIMIT else LEAST
        self.pages += size
        return size


@dataclass(eq=False, slots=True)
class Pipe:
    """The bytes on their way; `readers` and `writers` are the open files of each end, which can only be several for
    a pipe with a name.

    `atomic` is PIPE_BUF: so many bytes go in all at once. `inode` is what fstat tells about it. Its `pages` are of
    `memory` while an end is open.
    """

    data: bytes = b""
    readers: int = 1
    writers: int = 1
    atomic: int = 512
    inode: Inode | None = None
    memory: PipeMemory = field(default_factory=PipeMemory)
    pages: int = FULL

    def let_go(self) -> None:
        """An open file of an end is gone; with the last one go the bytes."""
        if not self.readers and not self.writers:
            self.data = b""
            self.memory.pages -= self.pages

    @property
    def reading(self) -> bool:
        """Whether somebody may read from it."""
        return self.readers > 0

    @property
    def writing(self) -> bool:
        """Whether somebody may write to it."""
        return self.writers > 0

    @property
    def room(self) -> int:
        """How many bytes fit."""
        return self.pages * PAGE - len(self.data)


@dataclass(eq=False, slots=True)
class ReadEnd:
    """The end that bytes come out of, oldest first; when all are out and no writer is left, it has ended."""

    pipe: Pipe

    @property
    def ready(self) -> bool:
        """See `outcomes.Source`: there are bytes, or there will be none."""
        return bool(self.pipe.data) or not self.pipe.writing

    def wait(self, now: int) -> Wait | None:
        """See `files.File`."""
        return None if self.ready else Wait("data in a pipe", source=self)

    @property
    def readiness(self) -> Readiness:
        """See `files.File`."""
        return Readiness(bool(self.pipe.data), False, hung_up=not self.pipe.writing)

    def read(self, memory: Writable, address: int, count: int) -> int:
        """See `files.File`. What can't be written to the guest stays in the pipe. Raises Errno EFAULT."""
        piece = self.pipe.data[:count]
        try:
            memory.copy_out(address, piece)
        except BadAddress:
            raise Errno("EFAULT") from None
        self.pipe.data = self.pipe.data[len(piece) :]
        return len(piece)

    def write(self, memory: Readable, address: int, count: int, fd: int) -> int:
        """Not open for that."""
        raise Errno("EBADF")

    def release(self) -> None:
        """See `files.File`."""
        self.pipe.readers -= 1
        self.pipe.let_go()


@dataclass(eq=False, slots=True)
class WriteEnd:
    """The end that bytes go into. Its writes don't sleep: posix/pipes.py does that."""

    pipe: Pipe

    def wait(self, now: int) -> Wait | None:
        """See `files.File`."""
        return None

    @property
    def readiness(self) -> Readiness:
        """See `files.File`."""
        return Readiness(False, self.pipe.room >= self.pipe.atomic, broken=not self.pipe.reading)

    def read(self, memory: Writable, address: int, count: int) -> int:
        """Not open for that."""
        raise Errno("EBADF")

    def write(self, memory: Readable, address: int, count: int, fd: int) -> int:
        """Take what fits; the number of bytes. Raises Errno EFAULT."""
        size = min(count, self.pipe.room)
        try:
            self.pipe.data += memory.copy_in(address, size)
        except BadAddress:
            raise Errno("EFAULT") from None
        return size

    def release(self) -> None:
        """See `files.File`."""
        self.pipe.writers -= 1
        self.pipe.let_go()


@dataclass(eq=False, slots=True)
class Fifo(Pipe):
    """A pipe with a name. `reads` and `writes` count how often each end has been opened."""

    reads: int = 0
    writes: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Meeting:
    """The wait of who opened an end of a pipe with a name, until the other end is opened: until `count` changes."""

    fifo: Fifo
    end: ReadEnd | WriteEnd
    count: int

    @property
    def ready(self) -> bool:
        """See `outcomes.Source`."""
        return self.count != (self.fifo.writes if isinstance(self.end, ReadEnd) else self.fifo.reads)


@dataclass(frozen=True, eq=False, slots=True)
class Room:
    """A writer's wait for `need` bytes of room; `done` are in the pipe already."""

    pipe: Pipe
    need: int
    done: int

    @property
    def ready(self) -> bool:
        """See `outcomes.Source`."""
        return self.pipe.room >= self.need or not self.pipe.reading
