"""Descriptors and open file descriptions: the two levels between a number and a file.

A descriptor belongs to a process and carries the close-on-exec flag. It points to an open file
description, which dup shares: access mode, status flags and the file itself live there (open(2)).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from kernel_stub.cpu import Readable, Writable
from kernel_stub.outcomes import Errno, Wait
from kernel_stub.readiness import Readiness


class File(Protocol):
    """What a description can stand for. Transfers go straight between the file and guest memory."""

    def wait(self, now: int) -> Wait | None:
        """What a read would have to sleep for at this time of the clock, or None."""
        ...

    @property
    def readiness(self) -> Readiness:
        """What it is ready for, as of the last time that `wait` was asked (a regular file: `ALWAYS`)."""
        ...

    def read(self, memory: Writable, address: int, count: int) -> int:
        """Move up to `count` bytes to the guest; the number moved, 0 at the end. Raises Errno."""
        ...

    def write(self, memory: Readable, address: int, count: int, fd: int) -> int:
        """Take up to `count` bytes from the guest; the number taken. `fd` says through which descriptor."""
        ...

    def release(self) -> None:
        """The last descriptor of the open file is gone, in every process."""
        ...


@dataclass(slots=True)
class OpenFile:
    """An open file description. `flags` are the guest's own O_ bits without the access mode.

    `holders` is how many descriptors stand for it, in the tables of all processes.
    """

    file: File
    readable: bool
    writable: bool
    flags: int = 0
    holders: int = 0

    @property
    def status(self) -> int:
        """Access mode and flags in one word, as F_GETFL gives them: O_RDONLY 0, O_WRONLY 1, O_RDWR 2."""
        return self.flags | (2 if self.readable and self.writable else int(self.writable))


@dataclass(slots=True)
class Descriptor:
    """One entry of a process's table."""

    open_file: OpenFile
    close_on_exec: bool = False


@dataclass(slots=True)
class FileTable:
    """A process's descriptors. `limit` is the soft RLIMIT_NOFILE: one more than the highest number."""

    limit: int
    descriptors: dict[int, Descriptor] = field(default_factory=dict)

    def get(self, fd: int) -> Descriptor:
        """The entry of an open descriptor. Raises Errno EBADF."""
        descriptor = self.descriptors.get(fd)
        if descriptor is None:
            raise Errno("EBADF")
        return descriptor

    def check_room(self) -> None:
        """That a number is free. Raises Errno EMFILE."""
        if len(self.descriptors) >= self.limit and all(fd in self.descriptors for fd in range(self.limit)):
            raise Errno("EMFILE")

    def install(self, open_file: OpenFile, *, lowest: int = 0, close_on_exec: bool = False) -> int:
        """Enter a description under the lowest free number from `lowest` on. Raises Errno EMFILE."""
        fd = lowest
        while fd in self.descriptors:
            fd += 1
        if fd >= self.limit:
            raise Errno("EMFILE")
        self.descriptors[fd] = Descriptor(open_file, close_on_exec)
        open_file.holders += 1
        return fd

    def close(self, fd: int) -> None:
        """Free a number. Raises Errno EBADF."""
        open_file = self.get(fd).open_file
        del self.descriptors[fd]
        _let_go(open_file)

    def replace(self, fd: int, open_file: OpenFile) -> None:
        """Let a number stand for an open file, whatever it stood for."""
        before = self.descriptors.get(fd)
        self.descriptors[fd] = Descriptor(open_file)
        open_file.holders += 1
        if before is not None:
            _let_go(before.open_file)

    def copy(self) -> FileTable:
        """A new process's table (fork): numbers and their flags of its own, the same open files."""
        for descriptor in self.descriptors.values():
            descriptor.open_file.holders += 1
        own = {fd: Descriptor(one.open_file, one.close_on_exec) for fd, one in self.descriptors.items()}
        return FileTable(self.limit, own)

    def close_all(self) -> None:
        """Free every number: the process ends."""
        for fd in list(self.descriptors):
            self.close(fd)


def _let_go(open_file: OpenFile) -> None:
    """A descriptor of an open file is gone."""
    open_file.holders -= 1
    if not open_file.holders:
        open_file.file.release()
