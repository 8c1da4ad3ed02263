"""What the kernel reports to whoever looks: frozen facts. Their text is made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kernel_stub.cpu import Registers
from kernel_stub.kinds import Kind
from kernel_stub.layout import Layout, Placement
from kernel_stub.outcomes import Restart
from kernel_stub.signals import Action, Fate, SigInfo
from kernel_stub.tables import ErrnoRow


class Argument(NamedTuple):
    """One argument of a call: the register's 64 bits, the C value they stand for, and the bytes
    behind a pointer where they could be read. `values` holds all the call's C values by name."""

    name: str
    raw: int
    value: int
    kind: Kind
    values: Mapping[str, int]
    data: bytes | None

    @property
    def text(self) -> str | None:
        """How the argument reads, or None where the call doesn't use it."""
        return self.kind.text(self.value, self.values, self.data)


class Result(NamedTuple):
    """The answer as it stands in the registers: RAX, RDX and the carry flag after the call.

    `carry_tells` is set where the kernel wrote that flag, to tell errors from results. `error` is the errno's number
    or None; `row` its table row, None for a number that has none; `returned` is False where the call left the
    registers alone; `restart` is set where a signal cut it short, and `restart_text` then says how the system calls
    that. `data` are bytes that the kind shows besides.
    """

    rax: int
    rdx: int
    carry: bool
    carry_tells: bool
    error: int | None
    row: ErrnoRow | None
    kind: Kind
    values: Mapping[str, int]
    returned: bool = True
    restart: Restart | None = None
    restart_text: str = ""
    data: bytes | None = None

    @property
    def name(self) -> str | None:
        """The errno's name (`EBADF`), or None."""
        return self.row.name if self.row else None

    @property
    def text(self) -> str:
        """`3`, `-1 EBADF (Bad file descriptor)`, or `?` for a call that doesn't return."""
        if self.restart is not None:
            return self.restart_text
        if not self.returned:
            return "?"
        if self.error is not None:
            return f"-1 {self.row.name} ({self.row.message})" if self.row else f"-1 (errno {self.error})"
        return self.kind.text(self.kind.decode(self.rax), self.values, self.data) or str(self.rax)


class SyscallDone(NamedTuple):
    """A system call was answered. `simulated` is False where the real system would have done more.

    `number` is the key of the call's row: on Darwin with its class, as RAX had it.
    """

    number: int
    name: str
    arguments: tuple[Argument, ...]
    result: Result
    injected: bool = False
    simulated: bool = True

    @property
    def text(self) -> str:
        """The call in one line: `close(99) = -1 EBADF (Bad file descriptor)`."""
        arguments = ", ".join(text for argument in self.arguments if (text := argument.text) is not None)
        notes = (" [not simulated]" if not self.simulated else "") + (" (INJECTED)" if self.injected else "")
        return f"{self.name}({arguments}) = {self.result.text}{notes}"


class SignalPosted(NamedTuple):
    """A signal was sent to the process; `reason` says why: an exception, a call, a bad system call.

    `fate` is what became of it, `info` what is known about it. `process` is the id of the receiver, None for the
    process that runs.
    """

    name: str
    reason: str
    fate: Fate = "queued"
    info: SigInfo | None = None
    process: int | None = None

    @property
    def text(self) -> str:
        """`SIGSEGV (page fault at 0xf1)`, `SIGCHLD (kill by 4242), ignored`."""
        receiver = "" if self.process is None else f" to process {self.process}"
        return f"{self.name}{receiver} ({self.reason})" + FATES[self.fate]


FATES: dict[Fate, str] = {
    "queued": "",
    "fatal": "",
    "blocked": ", blocked: it stays pending",
    "ignored": ", ignored",
    "coalesced": ", pending already: nothing changes",
    "lost": ", refused: the queue is full",
}


class FramePiece(NamedTuple):
    """One struct of a signal frame: where it lies, its layout and its bytes. The fields in `unwritten` keep
    what was on the stack."""

    address: int
    layout: Layout
    data: bytes
    unwritten: frozenset[str] = frozenset()

    @property
    def fields(self) -> Iterator[Placement]:
        """Its fields in the order of their addresses."""
        for placed in self.layout.place(self.address, self.data):
            yield placed._replace(written=False) if placed.path in self.unwritten else placed


class SignalDelivered(NamedTuple):
    """A handler is entered: its frame is written, and the registers point at it.

    `before` are the interrupted registers, `registers` those at entry; both are to be left unchanged.
    `on_alternate_stack` says whether the frame lies there.
    """

    name: str
    info: SigInfo
    action: Action
    pieces: tuple[FramePiece, ...]
    before: Registers
    registers: Registers
    on_alternate_stack: bool = False

    @property
    def frame(self) -> tuple[Placement, ...]:
        """Every field of the frame, from the lowest address up."""
        return tuple(placed for piece in self.pieces for placed in piece.fields)

    @property
    def text(self) -> str:
        """`SIGCHLD: handler 0x401000, frame at 0x7fff...`."""
        where = " on the alternate stack" if self.on_alternate_stack else ""
        return f"{self.name} delivered: handler {self.action.handler:#x}, frame at {self.registers.rsp:#x}{where}"


class SignalReturned(NamedTuple):
    """rt_sigreturn (or sigreturn) took a frame back: where it lies, and the registers and mask that hold now.

    `registers` are to be left unchanged.
    """

    pieces: tuple[FramePiece, ...]
    mask: int
    registers: Registers

    @property
    def frame(self) -> tuple[Placement, ...]:
        """Every field of the frame, from the lowest address up."""
        return tuple(placed for piece in self.pieces for placed in piece.fields)

    @property
    def text(self) -> str:
        """Where it goes on."""
        return f"back to {self.registers.rip:#x}, rsp {self.registers.rsp:#x}, mask {self.mask:#x}"


class SyscallRestarted(NamedTuple):
    """A call that a signal cut short will be made again: RIP is back at its SYSCALL."""

    name: str
    kind: Restart
    handler: bool

    @property
    def text(self) -> str:
        """`read will be made again after the handler`."""
        return f"{self.name} will be made again" + (" after the handler" if self.handler else "")


class SyscallInterrupted(NamedTuple):
    """A call that a signal cut short answers EINTR: `rax` and `carry` are the registers' answer."""

    name: str
    kind: Restart
    handler: bool
    rax: int
    carry: bool

    @property
    def text(self) -> str:
        """`read is interrupted: EINTR`."""
        return f"{self.name} is interrupted: EINTR"


class ProcessStopped(NamedTuple):
    """A stop signal's default action: nothing runs until SIGCONT."""

    pid: int
    signal: str
    several: bool = False

    @property
    def text(self) -> str:
        """`stopped by SIGTSTP`."""
        return _who(self.pid, self.several) + f"stopped by {self.signal}"


class ProcessContinued(NamedTuple):
    """SIGCONT came to a stopped process."""

    pid: int
    several: bool = False

    @property
    def text(self) -> str:
        """`continued`."""
        return _who(self.pid, self.several) + "continued"


class ThreadCreated(NamedTuple):
    """A thread was made by another; it will run from `registers`, which are to be left unchanged."""

    tid: int
    creator: int
    registers: Registers

    @property
    def text(self) -> str:
        """`thread 4243 is created, to start at 0x401000`."""
        return f"thread {self.tid} is created, to start at {self.registers.rip:#x}"


class ThreadSwitched(NamedTuple):
    """Another thread runs from here on; what follows is its doing. `why` is what became of the old one.

    `before` are the old one's registers, `registers` the new one's; both are to be left unchanged.
    """

    old: int
    new: int
    why: str
    before: Registers
    registers: Registers

    @property
    def text(self) -> str:
        """`thread 4243 runs, as thread 4242 waits for semaphore 0x903`."""
        return f"thread {self.new} runs, as thread {self.old} {self.why}"


class ThreadExited(NamedTuple):
    """A thread ended, and the process goes on without it."""

    tid: int

    @property
    def text(self) -> str:
        """`thread 4243 has ended`."""
        return f"thread {self.tid} has ended"


class ProcessCreated(NamedTuple):
    """A process was made by another; it will run from `registers`, which are to be left unchanged. With
    `shares_memory` it has no memory of its own."""

    pid: int
    parent: int
    registers: Registers
    shares_memory: bool = False

    @property
    def text(self) -> str:
        """`process 4243 is created, a copy of 4242`."""
        how = "sharing the memory of" if self.shares_memory else "a copy of"
        return f"process {self.pid} is created, {how} {self.parent}"


class ProcessSwitched(NamedTuple):
    """Another process runs from here on; what follows is its doing. `why` is what became of the old one.

    `old_thread` and `new_thread` are the ids of the two threads. `before` are the old one's registers, `registers` the
    new one's; both are to be left unchanged.
    """

    old: int
    new: int
    old_thread: int
    new_thread: int
    why: str
    before: Registers
    registers: Registers

    @property
    def text(self) -> str:
        """`process 4243 runs, as process 4242 waits for a child`."""
        return f"process {self.new} runs, as process {self.old} {self.why}"


class ProcessReturned(NamedTuple):
    """A process came to the end of a routine that was called alone; others still run."""

    pid: int

    @property
    def text(self) -> str:
        """`process 4243 has returned from the routine`."""
        return f"process {self.pid} has returned from the routine"


class ProcessLeft(NamedTuple):
    """The first process is gone and this one is not: what it would do is not looked at."""

    pid: int

    @property
    def text(self) -> str:
        """`process 4243 still runs; the run ends with its first process`."""
        return f"process {self.pid} still runs; the run ends with its first process"


class ProcessExited(NamedTuple):
    """A process is gone: with a code (0..255), or killed by a signal (its name)."""

    pid: int
    code: int | None = None
    signal: str | None = None
    core: bool = False
    several: bool = False

    @property
    def text(self) -> str:
        """`exited with 1`, `killed by SIGSEGV (core dumped)`, or `process 4243 exited with 1`."""
        who = _who(self.pid, self.several)
        if self.signal is None:
            return f"{who}exited with {self.code}"
        return f"{who}killed by {self.signal}" + (" (core dumped)" if self.core else "")


def _who(pid: int, several: bool) -> str:
    return f"process {pid} " if several else ""


Event = (
    SyscallDone
    | SignalPosted
    | SignalDelivered
    | SignalReturned
    | SyscallRestarted
    | SyscallInterrupted
    | ProcessStopped
    | ProcessContinued
    | ThreadCreated
    | ThreadSwitched
    | ThreadExited
    | ProcessCreated
    | ProcessSwitched
    | ProcessReturned
    | ProcessLeft
    | ProcessExited
)
