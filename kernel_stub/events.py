"""What the kernel reports to whoever looks: frozen facts. Their text is made when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kernel_stub.kinds import Kind
from kernel_stub.tables import ErrnoRow


@dataclass(frozen=True, slots=True)
class Argument:
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


@dataclass(frozen=True, slots=True)
class Result:
    """The answer as it stands in the registers: RAX, RDX and the carry flag after the call.

    `error` is the errno's number or None; `row` its table row, None for a number that has none;
    `returned` is False where the call left the registers alone.
    """

    rax: int
    rdx: int
    carry: bool
    error: int | None
    row: ErrnoRow | None
    kind: Kind
    values: Mapping[str, int]
    returned: bool = True

    @property
    def name(self) -> str | None:
        """The errno's name (`EBADF`), or None."""
        return self.row.name if self.row else None

    @property
    def text(self) -> str:
        """`3`, `-1 EBADF (Bad file descriptor)`, or `?` for a call that doesn't return."""
        if not self.returned:
            return "?"
        if self.error is not None:
            return f"-1 {self.row.name} ({self.row.message})" if self.row else f"-1 (errno {self.error})"
        return self.kind.text(self.kind.decode(self.rax), self.values, None) or str(self.rax)


@dataclass(frozen=True, slots=True)
class SyscallDone:
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


@dataclass(frozen=True, slots=True)
class SignalPosted:
    """A signal was sent to the process; `reason` says why: an exception, a bad system call."""

    name: str
    reason: str

    @property
    def text(self) -> str:
        """The signal in one line."""
        return f"{self.name} ({self.reason})"


@dataclass(frozen=True, slots=True)
class ProcessExited:
    """The process is gone: with a code (0..255), or killed by a signal (its name)."""

    pid: int
    code: int | None = None
    signal: str | None = None
    core: bool = False

    @property
    def text(self) -> str:
        """`exited with 1`, or `killed by SIGSEGV (core dumped)`."""
        if self.signal is None:
            return f"exited with {self.code}"
        return f"killed by {self.signal}" + (" (core dumped)" if self.core else "")


Event = SyscallDone | SignalPosted | ProcessExited
