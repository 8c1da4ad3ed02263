"""What is to be run, as a notebook says it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from emu import start
from emu.errors import UserError
from emu.frontends.notebook.code import Code, known_system, user_errors
from emu.frontends.wording import trace_command
from emu.machine import RAM_SIZE, Machine
from emu.mounts import Mount, attach, parse
from emu.start import Subject
from emu.target import SourceOptions, personality
from kernel_stub.filesystem.contents import Contents
from kernel_stub.filesystem.initial import place
from kernel_stub.filesystem.inodes import S_IFREG
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Errno

Target = str | Code
Argument = int | str | bytes
Texts = str | list[str] | tuple[str, ...]  # one, or several


class Startable(Protocol):
    """A run that can be started as often as one likes, and is always the same.

    `arguments` are as typed; `command` is how to get the same from a shell, "" where that can't be said; `mounts` are
    the files of this computer that the guest has.
    """

    @property
    def arguments(self) -> tuple[str, ...]: ...
    @property
    def command(self) -> str: ...
    @property
    def mounts(self) -> tuple[Mount, ...]: ...

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
    mounts: tuple[Mount, ...] = ()
    cwd: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    sigreturn_token: bool = False

    @property
    def command(self) -> str:
        """`ringside trace rawsyscall close 99`; nothing for what no shell can say: a source or files that only the
        notebook has."""
        if isinstance(self.target, Code) or self.files:
            return ""
        return trace_command(
            self.target, self.arguments, self.system, returns=self.returns,
            stdin=self.stdin.decode(errors="replace"), deliveries=self.deliver,
            mounts=[mount.text for mount in self.mounts], cwd=self.cwd, sigreturn_token=self.sigreturn_token,
        )  # fmt: skip

    def start(self) -> Subject:
        """A fresh machine with the target in it. Raises UserError."""
        with user_errors():
            ram = RAM_SIZE if isinstance(self.target, Code) else start.room(self.target)
            machine = Machine(personality(self.system), stdin=self.stdin, ram_size=ram)
            attach(machine.kernel, self.mounts)
            for path, data in self.files.items():
                _place(machine.kernel, posixpath.join(self.cwd or "/", path), data)
            attach(machine.kernel, (), self.cwd)
            if isinstance(self.target, Code):
                subject = self.target.load(machine, self.arguments)
            else:
                subject = start.load(machine, self.target, self.arguments, SourceOptions())
            start.expect(machine, self.returns, self.deliver)
            if self.sigreturn_token:
                start.demand_token(machine)
            return subject


def _place(kernel: Kernel, path: str, data: bytes) -> None:
    """A file of the process's user. Raises UserError."""
    files, owner = kernel.filesystem, kernel.process.credentials
    try:
        inode = place(files, posixpath.normpath(path), S_IFREG | 0o644, owner.uid, owner.gid)
        inode.contents = Contents()
        files.write(inode, 0, data)
    except Errno:
        raise UserError(f"files: {path} does not fit into the guest's file system") from None
    except (OSError, ValueError) as error:
        raise UserError(f"files: {error}") from None


def plan(
    target: Target,
    arguments: Sequence[Argument],
    system: str,
    returns: int | str | None,
    stdin: str | bytes,
    deliver: Texts,
    mount: Texts = (),
    cwd: str | None = None,
    files: Mapping[str, str | bytes] | None = None,
    sigreturn_token: bool = False,
) -> Plan:
    """What the caller asked for, checked as far as that goes without a machine. Raises UserError."""
    if not isinstance(target, (str, Code)):
        raise UserError(f"{target!r} is no target: name a stub or a program (see targets()), or assemble a source")
    if cwd is not None and not (isinstance(cwd, str) and cwd.startswith("/")):
        raise UserError(f"cwd is an absolute path of the guest's, not {cwd!r}")
    return Plan(
        target,
        tuple(map(as_typed, arguments)),
        known_system(system),
        None if returns is None else str(returns),
        _bytes("stdin", stdin),
        _texts("deliver takes signals with positions, as in 'SIGCHLD@12'", deliver),
        tuple(map(parse, _texts("mount takes HOST:GUEST, or HOST:GUEST:rw", mount))),
        cwd,
        _contents(files or {}),
        sigreturn_token,
    )


def _texts(takes: str, given: Texts) -> tuple[str, ...]:
    """One text, or several. Raises UserError."""
    texts = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if not all(isinstance(each, str) for each in texts):
        raise UserError(f"{takes}, not {given!r}")
    return texts


def _contents(files: Mapping[str, str | bytes]) -> dict[str, bytes]:
    """What each file holds. Raises UserError."""
    if not isinstance(files, Mapping) or not all(isinstance(path, str) and "\0" not in path for path in files):
        raise UserError(f"files takes contents by path, as in {{'/etc/motd': 'hello'}}, not {files!r}")
    return {path: _bytes(path, content) for path, content in files.items()}


def _bytes(what: str, content: str | bytes) -> bytes:
    if not isinstance(content, (str, bytes)):
        raise UserError(f"{what} is a string or bytes, not {content!r}")
    return content.encode() if isinstance(content, str) else content


def as_typed(argument: Argument) -> str:
    """An argument as the command line would have it. Raises UserError for what can't be passed."""
    if isinstance(argument, bytes):
        return '"' + "".join(f"\\x{byte:02x}" for byte in argument) + '"'
    if isinstance(argument, bool) or not isinstance(argument, (int, str)):
        raise UserError(f"{argument!r} can't be passed: arguments are integers, names, strings or bytes")
    return str(argument)
