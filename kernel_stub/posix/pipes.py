"""Making pipes, and writing to them (POSIX: pipe(2), write(2))."""

from __future__ import annotations

from kernel_stub import posting, signals
from kernel_stub.cpu import Readable
from kernel_stub.files import OpenFile
from kernel_stub.filesystem.inodes import S_IFIFO
from kernel_stub.filesystem.lookup import effective
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Blocked, Errno, Restart, Wait
from kernel_stub.pipes import Pipe, ReadEnd, Room, WriteEnd
from kernel_stub.signals import SigInfo

PIPE_DEVICE = 0xE  # st_dev: pipes are in no file system that can be seen


def make(kernel: Kernel, flags: int = 0, *, close_on_exec: bool = False) -> tuple[int, int]:
    """A pipe's two descriptors: the one to read from, the one to write to. Raises Errno EMFILE."""
    inode = kernel.filesystem.new(S_IFIFO | 0o600, *effective(kernel))
    inode.dev, inode.nlink = PIPE_DEVICE, 1
    pipe = Pipe(atomic=kernel.personality.pipe_buf, inode=inode, memory=kernel.filesystem.pipes)
    table = kernel.process.files
    first = table.install(OpenFile(ReadEnd(pipe), True, False, flags), close_on_exec=close_on_exec)
    try:
        second = table.install(OpenFile(WriteEnd(pipe), False, True, flags), close_on_exec=close_on_exec)
    except Errno:
        table.close(first)
        raise
    pipe.pages = pipe.memory.take()
    return first, second


def write(
    kernel: Kernel, open_file: OpenFile, end: WriteEnd, memory: Readable, address: int, size: int
) -> int | Blocked | Restart:
    """Put bytes into a pipe, and wait for room: up to PIPE_BUF of them go all at once. Raises Errno EPIPE, EAGAIN,
    EFAULT."""
    waiting, pipe = kernel.thread.waiting, end.pipe
    done = waiting.source.done if waiting is not None and isinstance(waiting.source, Room) else 0
    while done < size:
        left = size - done
        need = left if size <= pipe.atomic else 1
        if not pipe.reading:
            return _broken(kernel, done)
        if pipe.room < need:
            return _full(kernel, open_file, Room(pipe, need, done))
        try:
            done += end.write(memory, address + done, left, -1)
        except Errno:
            if done:
                return done
            raise
    return done


def _broken(kernel: Kernel, done: int) -> int:
    """Nobody will read it: SIGPIPE for the thread, and EPIPE unless some of it was taken."""
    process = kernel.process
    number = kernel.personality.signals["SIGPIPE"].number
    info = SigInfo(number, kernel.personality.rules.user, process.pid, process.credentials.uid)
    posting.post(kernel, info, "a pipe without a reader", kernel.thread)
    if not done:
        raise Errno("EPIPE")
    return done


def _full(kernel: Kernel, open_file: OpenFile, room: Room) -> int | Blocked | Restart:
    if open_file.flags & kernel.personality.constants["O_NONBLOCK"]:
        if not room.done:
            raise Errno("EAGAIN")
        return room.done
    if signals.deliverable(kernel.process, kernel.thread):
        return room.done or Restart.ERESTARTSYS
    return Blocked(Wait("room in a pipe", source=room))
