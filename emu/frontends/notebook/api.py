"""The functions of `from emu import ...`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from asm.stubs import RUNS, STUBS, Run, Stub
from emu.frontends.notebook.code import known_system
from emu.frontends.notebook.plan import Argument, Target, Texts
from emu.frontends.notebook.rich import Block, Column, Rich, Table
from emu.frontends.notebook.session import LIMIT, Session
from emu.frontends.notebook.trace import Trace


def trace(
    target: Target,
    *arguments: Argument,
    system: str = "linux",
    returns: int | str | None = None,
    stdin: str | bytes = b"",
    deliver: Texts = (),
    mount: Texts = (),
    cwd: str | None = None,
    files: Mapping[str, str | bytes] | None = None,
    sigreturn_token: bool = False,
    limit: int = LIMIT,
) -> Trace:
    """Runs a target to its end and keeps every step.

    The target is a stub or a program (`targets()` lists them), `FILE.s:SYMBOL`, a static Linux executable, or what
    `assemble` made. Arguments are integers, bytes, names of the system ("close", "O_RDWR|O_CREAT"), strings (their
    address is passed) or "&16" for 16 zeroed bytes. `returns` is what the first system call answers instead of
    being run: a number, or an errno's name. `deliver` sends signals at positions: "SIGCHLD@600". `stdin` is what
    descriptor 0 reads.

    `files` are there at the start, contents by path; `mount` gives the guest a folder or a file of this computer:
    "HOST:GUEST", or "HOST:GUEST:rw" to write its changes back at the end; `cwd` is the directory it starts in.
    `sigreturn_token` is Darwin's since 10.14: sigreturn wants the token that the handler was entered with.
    Raises UserError.

    >>> from emu import trace
    >>> trace("rawsyscall", "close", 99).result
    r1 = -1  r2 = 0  errno = 9 EBADF (Bad file descriptor)
    >>> trace("rawsyscall", "close", 99, returns=-4095).result
    r1 = -4095  r2 = 0  errno = 0
    >>> trace("rawsyscall", "open", "motd", "O_RDONLY", cwd="/etc", files={"/etc/motd": "hello"}).calls[0].text
    'open("motd", O_RDONLY) = 3'
    >>> import os
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     made = trace("rawsyscall", "mkdir", "/data/new", "0o755", mount=f"{folder}:/data:rw")
    ...     os.listdir(folder)
    ['new']
    """
    session = Session(
        target, *arguments, system=system, returns=returns, stdin=stdin, deliver=deliver, mount=mount, cwd=cwd,
        files=files, sigreturn_token=sigreturn_token,
    )  # fmt: skip
    ran = session.run(limit=limit)
    session.write_back()
    return ran


class Targets(Rich, Sequence["Stub | Run"]):
    """The shipped stubs and programs: each has `name`, `system`, `summary`, `files`; a stub its `signature`, too."""

    def __init__(self, shipped: Sequence[Stub | Run]) -> None:
        self._shipped = tuple(shipped)

    def __len__(self) -> int:
        return len(self._shipped)

    def __getitem__(self, index: Any) -> Any:
        return Targets(self._shipped[index]) if isinstance(index, slice) else self._shipped[index]

    def blocks(self) -> Iterator[Block]:
        heads = (("name", False), ("system", True), ("what it does", True), ("called as", False))
        table = Table("", [Column(head, prose=prose) for head, prose in heads])
        for each in self._shipped:
            called = each.signature if isinstance(each, Stub) else "(a program)"
            table.add(each.name, each.system, each.summary, called)
        yield table


def targets(system: str | None = None) -> Targets:
    """What `trace` can run without a file: the shipped stubs and programs, of one system or of both.

    >>> from emu import targets
    >>> [each.name for each in targets("darwin") if each.name.startswith("sigsegv")]
    ['sigsegv', 'sigsegv-resume']
    """
    chosen = None if system is None else known_system(system)
    shipped: tuple[Stub | Run, ...] = (*STUBS, *RUNS)
    return Targets([each for each in shipped if chosen in (None, each.system)])
