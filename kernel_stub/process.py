"""A process: plain data that a checkpoint can copy."""

from __future__ import annotations

from dataclasses import dataclass, field

from kernel_stub.address_space import AddressSpace
from kernel_stub.files import FileTable


@dataclass(frozen=True, slots=True)
class ExitStatus:
    """How a process ended: with a code (0..255), or killed by a signal (its name; `core` if it dumps)."""

    code: int | None = None
    signal: str | None = None
    core: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """Real and effective user and group ids."""

    uid: int
    gid: int
    euid: int
    egid: int


@dataclass(slots=True)
class Process:
    """One process with one thread; `tid` is that thread's id.

    `executable` is the path of the program, "" for a routine. `clear_child_tid` and
    `robust_list` are addresses that the thread gave for its end.
    """

    pid: int
    ppid: int
    tid: int
    credentials: Credentials
    files: FileTable
    space: AddressSpace = field(default_factory=AddressSpace)
    executable: str = ""
    clear_child_tid: int = 0
    robust_list: int = 0
    exit: ExitStatus | None = None
