"""What a run consists of, as frozen data: steps, and how the run ended. Every view consumes only these.

What the kernel did lies in a step's `events`: kernel_stub.events.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from asm.program import SourceLine
from kernel_stub.cpu import Fault
from kernel_stub.events import Event
from kernel_stub.process import ExitStatus


@dataclass(frozen=True, slots=True)
class Change:
    """A register that an instruction (or the kernel's answer to it) changed: values of 64 bits."""

    name: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class MemoryAccess:
    """Memory that an instruction read or wrote: user address and bytes (what was read, what is now there)."""

    address: int
    data: bytes

    @property
    def value(self) -> int:
        """The bytes as an unsigned little-endian integer."""
        return int.from_bytes(self.data, "little")


@dataclass(frozen=True, slots=True)
class Step:
    """One retired instruction.

    `position` is the number of instructions retired before it, so a run starts at position 0.
    `before` holds the registers it started from, in the order of emu.engine.RECORDED. `changes`
    include what the kernel did to the registers if the instruction trapped; `events` says what else.
    """

    position: int
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


class Ending(Enum):
    """How a run ended."""

    RETURNED = "returned"  # the routine went back to its caller
    EXITED = "exited"  # the process ended itself
    FAULT = "fault"  # an exception killed it
    KILLED = "killed"  # a signal without an exception killed it
    BUDGET = "budget"  # the instruction budget was spent
    RAN_OFF = "ran off"  # control left the program's code


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a run: at which position and address, with the fault and the exit status if there are any.

    `events` are the kernel's for an instruction that did not retire.
    """

    ending: Ending
    position: int
    address: int
    source: SourceLine | None
    fault: Fault | None = None
    status: ExitStatus | None = None
    events: tuple[Event, ...] = ()
