"""What a run consists of, as frozen data: steps, and how the run ended. Every view consumes only these.

What the kernel did lies in a step's `events`: kernel_stub.events.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from asm.program import SourceLine
from kernel_stub.cpu import Fault
from kernel_stub.events import Event
from kernel_stub.process import ExitStatus


class Change(NamedTuple):
    """A register that an instruction (or the kernel's answer to it) changed: values of 64 bits."""

    name: str
    old: int
    new: int


class MemoryAccess(NamedTuple):
    """Memory that an instruction read or wrote: user address and bytes (what was read, what is now there)."""

    address: int
    data: bytes

    @property
    def value(self) -> int:
        """The bytes as an unsigned little-endian integer."""
        return int.from_bytes(self.data, "little")


class Step(NamedTuple):
    """One instruction.

    `position` is the number of instructions retired before it, so a run starts at position 0.
    `before` holds the registers it started from, in the order of emu.engine.RECORDED. `changes` are
    its own and those of the system call that it made; what a signal's delivery changed is not among
    them. `fault` is the exception that it raised; `retired` is False if it had no effect therefore,
    so that the next step has the same position. `events` is what the kernel did before that.
    """

    position: int
    process: int
    thread: int
    address: int
    code: bytes
    disassembly: str
    source: SourceLine | None
    before: tuple[int, ...]
    changes: tuple[Change, ...]
    reads: tuple[MemoryAccess, ...]
    writes: tuple[MemoryAccess, ...]
    events: tuple[Event, ...]
    fault: Fault | None = None
    retired: bool = True


class Interlude(NamedTuple):
    """What the kernel did at a position between two instructions: a timer, a signal from outside."""

    position: int
    events: tuple[Event, ...]


class Ending(Enum):
    """How a run ended."""

    RETURNED = "returned"  # the routine went back to its caller
    EXITED = "exited"  # the process ended itself
    FAULT = "fault"  # an exception killed it
    KILLED = "killed"  # a signal without an exception killed it
    WAITING = "waiting"  # it sleeps, and nothing will wake it
    FAULTING = "faulting"  # an instruction faults for ever, as its signal is blocked or ignored
    STOPPED = "stopped"  # a stop signal's default action
    BUDGET = "budget"  # the instruction budget was spent
    RAN_OFF = "ran off"  # control left the program's code


class Ended(NamedTuple):
    """The end of a run: at which position and address, with the fault and the exit status if there are any."""

    ending: Ending
    position: int
    address: int
    source: SourceLine | None
    fault: Fault | None = None
    status: ExitStatus | None = None
