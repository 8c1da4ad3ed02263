"""What is to be run, as a notebook says it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from emu import start
from emu.errors import UserError
from emu.frontends.notebook.code import Code, known_system, user_errors
from emu.machine import Machine
from emu.start import Subject
from emu.target import SourceOptions, personality

Target = str | Code
Argument = int | str | bytes


class Startable(Protocol):
    """A run that can be started as often as one likes, and is always the same.

    `arguments` are as typed; `command` is how to get the same from a shell, "" where that can't be said.
    """

    @property
    def arguments(self) -> tuple[str, ...]: ...
    @property
    def command(self) -> str: ...

    def start(self) -> Subject:
        """A fresh machine with the target in it."""
        ...


@dataclass(frozen=True)
class Plan:
    """What a user wants to be run."""

    target: Target
    arguments: tuple[str, ...]
    system: str
    returns: str | None
    stdin: bytes
    deliver: tuple[str, ...]

    @property
    def command(self) -> str:
        """`ringside trace rawsyscall close 99`; nothing for a source that is in no file."""
        if isinstance(self.target, Code):
            return ""
        met = (("--os", self.system if self.system != "linux" else ""), ("--returns", self.returns or ""))
        given = [text for option, value in met if value for text in (option, value)]
        given += [text for delivery in self.deliver for text in ("--deliver", delivery)]
        given += ["--stdin", self.stdin.decode(errors="replace")] if self.stdin else []
        return shlex.join(["ringside", "trace", self.target, *self.arguments, *given])

    def start(self) -> Subject:
        """A fresh machine with the target in it. Raises UserError."""
        with user_errors():
            if isinstance(self.target, Code):
                machine = Machine(personality(self.system), stdin=self.stdin)
                subject = self.target.load(machine, self.arguments)
                start.expect(machine, self.returns, self.deliver)
                return subject
            stdin = self.stdin.decode("utf-8", "surrogateescape").replace("\\", "\\\\")
            return start.prepare(
                self.target, self.arguments, self.system, SourceOptions(),
                returns=self.returns, stdin=stdin, deliveries=self.deliver,
            )  # fmt: skip


def plan(
    target: Target,
    arguments: Sequence[Argument],
    system: str,
    returns: int | str | None,
    stdin: str | bytes,
    deliver: str | list[str] | tuple[str, ...],
) -> Plan:
    """What the caller asked for, checked as far as that goes without a machine. Raises UserError."""
    if not isinstance(target, (str, Code)):
        raise UserError(f"{target!r} is no target: name a stub or a program (see targets()), or assemble a source")
    if not isinstance(stdin, (str, bytes)):
        raise UserError(f"stdin is a string or bytes, not {stdin!r}")
    deliveries = tuple(deliver) if isinstance(deliver, (list, tuple)) else (deliver,)
    if not all(isinstance(each, str) for each in deliveries):
        raise UserError(f"deliver takes signals with positions, as in 'SIGCHLD@12', not {deliver!r}")
    return Plan(
        target,
        tuple(map(as_typed, arguments)),
        known_system(system),
        None if returns is None else str(returns),
        stdin.encode() if isinstance(stdin, str) else stdin,
        deliveries,
    )


def as_typed(argument: Argument) -> str:
    """An argument as the command line would have it. Raises UserError for what can't be passed."""
    if isinstance(argument, bytes):
        return '"' + "".join(f"\\x{byte:02x}" for byte in argument) + '"'
    if isinstance(argument, bool) or not isinstance(argument, (int, str)):
        raise UserError(f"{argument!r} can't be passed: arguments are integers, names, strings or bytes")
    return str(argument)
