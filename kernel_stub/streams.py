"""A terminal opened more than once, as a shell does for a command whose output goes to different places."""

from __future__ import annotations

from dataclasses import dataclass

from kernel_stub.cpu import Readable, Writable
from kernel_stub.files import OpenFile
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Wait
from kernel_stub.readiness import Readiness
from kernel_stub.terminal import Terminal


@dataclass(slots=True)
class Stream:
    """The terminal, opened as descriptor `number`: what is written says so, whichever copy it goes through."""

    terminal: Terminal
    number: int

    def wait(self, now: int) -> Wait | None:
        """See `files.File`."""
        return self.terminal.wait(now)

    @property
    def readiness(self) -> Readiness:
        """See `files.File`."""
        return self.terminal.readiness

    def read(self, memory: Writable, address: int, count: int) -> int:
        """See `files.File`."""
        return self.terminal.read(memory, address, count)

    def write(self, memory: Readable, address: int, count: int, fd: int) -> int:
        """See `files.File`."""
        return self.terminal.write(memory, address, count, self.number)

    def release(self) -> None:
        """See `files.File`."""


def separate(kernel: Kernel) -> None:
    """Give descriptors 0, 1 and 2 open files of their own, so that 1 and 2 can be told apart for good."""
    for number in (0, 1, 2):
        stream = OpenFile(Stream(kernel.terminal, number), True, True, kernel.personality.terminal_flags)
        kernel.process.files.replace(number, stream)
