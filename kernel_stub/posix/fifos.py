"""Pipes with names (POSIX: mkfifo(3), fifo(7); Linux: fs/pipe.c fifo_open).

Each end is opened for itself, and waits for the other one. An end opened for both is not simulated.
"""

from __future__ import annotations

from kernel_stub.filesystem.inodes import S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, Inode
from kernel_stub.filesystem.lookup import effective
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int
from kernel_stub.outcomes import Blocked, Errno, Restart, Wait
from kernel_stub.path_kinds import S_IFBLK, Mode, Path
from kernel_stub.pipes import Fifo, Meeting, ReadEnd, WriteEnd
from kernel_stub.posix import paths
from kernel_stub.posix.flags import How

S_IFSOCK = 0o140000


def mkfifo(kernel: Kernel, path: Path, mode: Mode) -> Int:
    """Make a pipe with a name."""
    return make_node(kernel, paths.text(kernel, path), None, S_IFIFO | mode & 0o7777)


def make_node(kernel: Kernel, path: bytes, base: Inode | None, mode: int) -> int:
    """A file of the mode's type, a regular one if it says none. Raises Errno EPERM for what only root makes."""
    kind = mode & S_IFMT or S_IFREG
    if kind == S_IFDIR:
        raise Errno("EPERM")
    if kind not in (S_IFREG, S_IFIFO, S_IFCHR, S_IFBLK, S_IFSOCK):
        raise Errno("EINVAL")
    found = paths.free_name(kernel, path, base)
    if kind not in (S_IFREG, S_IFIFO):
        raise Errno("EPERM", simulated=kind != S_IFSOCK and effective(kernel).uid != 0)
    mode = kind | mode & 0o7777 & ~kernel.process.umask
    kernel.filesystem.make(found.directory, found.name, mode, *effective(kernel))
    return 0


def waited(kernel: Kernel) -> ReadEnd | WriteEnd | Restart | None:
    """What becomes of an open that has slept: the other end is there, or a signal came first."""
    wait = kernel.thread.waiting
    if wait is None or not isinstance(wait.source, Meeting):
        return None
    if wait.source.ready:
        return wait.source.end
    wait.source.end.release()
    return Restart.ERESTARTSYS


def open_end(kernel: Kernel, inode: Inode, how: How) -> ReadEnd | WriteEnd | Blocked:
    """One end of the pipe; it sleeps until the other end has been opened, unless told not to. Raises Errno ENXIO."""
    memory = kernel.filesystem.pipes
    new = Fifo(readers=0, writers=0, atomic=kernel.personality.pipe_buf, inode=inode, memory=memory)
    fifo = kernel.filesystem.fifos.setdefault(inode.number, new)
    if how.readable == how.writable:
        raise Errno("ENXIO", simulated=False)
    now = how.status & kernel.personality.constants["O_NONBLOCK"]
    if how.writable and now and not fifo.readers:
        raise Errno("ENXIO")
    if not fifo.readers and not fifo.writers:
        fifo.pages = memory.take()
    end: ReadEnd | WriteEnd
    if how.readable:
        end, other, count = ReadEnd(fifo), fifo.writers, fifo.writes
        fifo.readers, fifo.reads = fifo.readers + 1, fifo.reads + 1
    else:
        end, other, count = WriteEnd(fifo), fifo.readers, fifo.reads
        fifo.writers, fifo.writes = fifo.writers + 1, fifo.writes + 1
    if other or now:
        return end
    return Blocked(Wait("the other end of a pipe", source=Meeting(fifo, end, count)))
