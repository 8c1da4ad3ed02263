"""What differs between two operating systems behind one trap path: data, and a few functions.

`kernel_stub.linux.personality.LINUX` and `kernel_stub.darwin.personality.DARWIN` are the two values.
Shared code asks the personality and never which system it is.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from kernel_stub.cpu import Fault, Registers
from kernel_stub.events import FramePiece
from kernel_stub.filesystem.initial import Layout
from kernel_stub.filesystem.tree import FileRules
from kernel_stub.outcomes import Restart
from kernel_stub.process import Interrupted, Process, Thread
from kernel_stub.signals import Action, Fate, SigInfo, SignalRules
from kernel_stub.signals import force as force_signal
from kernel_stub.signals import send as send_signal
from kernel_stub.syscalls import Row
from kernel_stub.tables import ErrnoRow, SignalRow
from kernel_stub.terminal import TerminalRules

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel


DEBUG = 1  # the vector of a single step


class Send(Protocol):
    """Sends a signal to a thread, or with None to the process as a whole."""

    def __call__(self, process: Process, thread: Thread | None, info: SigInfo, rules: SignalRules, /) -> Fate: ...


class Force(Protocol):
    """Sends a thread the signal of an exception."""

    def __call__(
        self, process: Process, thread: Thread, info: SigInfo, rules: SignalRules, /, *, fatal: bool = False
    ) -> Fate: ...


class Refusal(NamedTuple):
    """The answer to a number that no row serves: the name that the trace shows, whether the real system has
    such a call, the errno or the code that errno and flags know nothing of to return (None: registers stay as they
    are), the signal posted besides."""

    name: str
    exists: bool
    errno: str | None = None
    signal: str | None = None
    code: int | None = None


def no_fault(registers: Registers) -> Fault | None:
    """The way back to user mode that raises no exception of its own."""
    return None


@dataclass(frozen=True, eq=False, slots=True)
class Personality:
    """One operating system on x86-64.

    `table` holds the calls that are served, `syscalls` the names of all (by the plain number, `numbers` the
    other way round). `terminal_flags` are the status flags of the session's terminal. `pipe_buf` is PIPE_BUF:
    how many bytes go into a pipe all at once. `file_layout` is the tree of files that a session finds.

    `user_cs` and `user_ss` are the selectors of a program's segments. `user_gates` are the vectors that INT n may reach
    from user mode.

    `number` and `arguments` read a trapframe's values: the key of the call's row, and which registers hold
    its arguments. `set_result` and `set_errno` write the answer as the system's stubs expect it;
    `error` reads it back (the errno's number, or None for a success). `transfer_size` checks and limits
    what read and write may move, before a file is asked. `fault_signal` names a processor exception's signal.

    Signals: `rules` for the shared machinery. `send` sends one to a thread, or to the process with None; `force`
    the one of an exception (`fatal`: no handler may run). `take_fault` notes an exception in the thread and says
    what is sent for it (None: nothing). `enter_handler` writes a frame and points the registers at the handler, or
    answers False with the registers as they were; `frame_pieces` describes the frame just written. `restart`
    puts the registers right for a call that was cut short, given the handler's action or None if no handler
    runs; whether the call is made again. `restarts` are what a trace shows as such a call's answer. `carry_tells`
    is whether the kernel tells errors by the carry flag. `return_fault` is the exception that the way back to user mode
    would raise with these registers, which a guest may have put into a frame.
    """

    name: str
    table: Mapping[int, Row]
    syscalls: Mapping[int, str]
    numbers: Mapping[str, int]
    errnos: Mapping[str, ErrnoRow]
    errno_names: Mapping[int, ErrnoRow]
    signals: Mapping[str, SignalRow]
    constants: Mapping[str, int]
    user_cs: int
    user_ss: int
    user_gates: frozenset[int]
    terminal: TerminalRules
    terminal_flags: int
    pipe_buf: int
    file_rules: FileRules
    file_layout: Layout
    new_process: Callable[[], Process]
    number: Callable[[array[int]], int]
    arguments: Callable[[array[int]], tuple[int, ...]]
    set_result: Callable[[Registers, int, int], None]
    set_errno: Callable[[Registers, int], None]
    inject: Callable[[Registers, int, bool], None]
    raw_errno: Callable[[int], int]
    error: Callable[[Registers], int | None]
    refuse: Callable[[int], Refusal]
    transfer_size: Callable[[int, int], int]
    fault_signal: Callable[[Fault], str]
    rules: SignalRules
    take_fault: Callable[[Kernel, Registers, Fault], SigInfo | None]
    enter_handler: Callable[[Kernel, Registers, SigInfo, Action], bool]
    frame_pieces: Callable[[Kernel, Registers, SigInfo, Action], tuple[FramePiece, ...]]
    restart: Callable[[Registers, Interrupted, Action | None], bool]
    restarts: Mapping[Restart, str]
    carry_tells: bool
    send: Send = send_signal
    force: Force = force_signal
    return_fault: Callable[[Registers], Fault | None] = no_fault

    def __deepcopy__(self, memo: dict[int, Any]) -> Personality:
        """Itself: it is constant, so copies of a kernel share it."""
        return self

    def is_trap(self, fault: Fault) -> bool:
        """Whether an exception comes behind its instruction, which is over then: a single step, or INT n."""
        return fault.vector == DEBUG or fault.vector in self.user_gates

    def resolve(self, name: str) -> int:
        """The number behind a name of this system: a call, a signal, an errno, or a constant.

        A call's number is the plain one, as a stub takes it. Raises KeyError for an unknown name.
        """
        if name in self.numbers:
            return self.numbers[name]
        if name in self.signals:
            return self.signals[name].number
        if name in self.errnos:
            return self.errnos[name].number
        return self.constants[name]
