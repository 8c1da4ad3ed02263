"""The terminal that a session's descriptors 0, 1 and 2 stand for.

It reads as a terminal in canonical mode does: a read gets at most one line, and waits for one while input
is still to come. When the given input is used up every read finds end of file, as if the user pressed ^D,
unless the terminal is `open`: then it waits for ever. What is written is kept byte for byte
(the line discipline's own "\\n" to "\\r\\n" is the screen's business). Control characters of the input
are plain bytes.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import NamedTuple

from kernel_stub.cpu import MASK64, BadAddress, Readable, Writable
from kernel_stub.outcomes import Errno, Wait
from kernel_stub.readiness import Readiness


class TerminalRules(NamedTuple):
    """How a kernel moves bytes between a terminal and a process: in pieces, through a buffer of its own.

    A bad address spoils the whole piece of a write. `keeps_progress` says what a call answers when a
    later piece fails: the bytes that were moved before (Linux), or EFAULT in any case (xnu).
    """

    read_piece: int
    write_piece: int
    keeps_progress: bool


@dataclass(slots=True)
class Terminal:
    """Input not yet read, and output as (descriptor, bytes) in the order of the writes.

    `arrivals` is input that is still to come: the clock's time, and the bytes.
    """

    rules: TerminalRules
    input: bytes = b""
    output: list[tuple[int, bytes]] = field(default_factory=list)
    open: bool = False
    arrivals: list[tuple[int, bytes]] = field(default_factory=list)

    def arrive(self, time: int, data: bytes) -> None:
        """Let input come at a time of the clock, in nanoseconds."""
        insort(self.arrivals, (time, data), key=lambda arrival: arrival[0])

    def wait(self, now: int) -> Wait | None:
        """See `files.File`: there is a line to read, or the input has ended."""
        while self.arrivals and self.arrivals[0][0] <= now:
            self.input += self.arrivals.pop(0)[1]
        if self.readiness.readable:
            return None
        return Wait("input", self.arrivals[0][0] if self.arrivals else None)

    @property
    def readiness(self) -> Readiness:
        """See `files.File`."""
        return Readiness(b"\n" in self.input or not (self.open or self.arrivals), True)

    def written(self, fd: int | None = None) -> bytes:
        """Everything that was written, or what was written through one descriptor number."""
        return b"".join(data for number, data in self.output if fd is None or number == fd)

    def read(self, memory: Writable, address: int, count: int) -> int:
        """Move (the rest of) one line to the guest, at most `count` bytes. Raises Errno EFAULT.

        A piece that has left the line buffer is gone, also when the guest's memory can't take it.
        """
        line = self.input[: self.input.find(b"\n") + 1] or self.input
        wanted = line[:count]
        try:
            memory.copy_out(address, wanted)
        except BadAddress as bad:
            moved = bad.address - address & MASK64
            spoilt = (moved // self.rules.read_piece + 1) * self.rules.read_piece
            self.input = self.input[min(spoilt, len(wanted)) :]
            return self._after_fault(moved)
        self.input = self.input[len(wanted) :]
        return len(wanted)

    def write(self, memory: Readable, address: int, count: int, fd: int) -> int:
        """Take `count` bytes from the guest. Raises Errno EFAULT."""
        try:
            data = memory.copy_in(address, count)
        except BadAddress as bad:
            whole = (bad.address - address & MASK64) // self.rules.write_piece * self.rules.write_piece
            if whole:
                self.output.append((fd, memory.copy_in(address, whole)))
            return self._after_fault(whole)
        if data:
            self.output.append((fd, data))
        return count

    def release(self) -> None:
        """See `files.File`. The session keeps its terminal."""

    def _after_fault(self, moved: int) -> int:
        if moved and self.rules.keeps_progress:
            return moved
        raise Errno("EFAULT")
