"""The functions of `from emu import ...`."""

from __future__ import annotations

from collections.abc import Sequence

from emu.frontends.notebook.plan import Argument, Target
from emu.frontends.notebook.session import LIMIT, Session
from emu.frontends.notebook.trace import Trace


def trace(
    target: Target,
    *arguments: Argument,
    system: str = "linux",
    returns: int | str | None = None,
    stdin: str | bytes = b"",
    deliver: str | Sequence[str] = (),
    limit: int = LIMIT,
) -> Trace:
    """Runs a target to its end and keeps every step.

    The target is a stub or a program (`targets()` lists them), `FILE.s:SYMBOL`, a static Linux executable, or what
    `assemble` made. Arguments are integers, bytes, names of the system ("close", "O_RDWR|O_CREAT"), strings (their
    address is passed) or "&16" for 16 zeroed bytes. `returns` is what the first system call answers instead of
    being run: a number, or an errno's name. `deliver` sends signals at positions: "SIGCHLD@600". `stdin` is what
    descriptor 0 reads. Raises UserError.

    >>> from emu import trace
    >>> trace("rawsyscall", "close", 99).result
    r1 = -1  r2 = 0  errno = 9 EBADF (Bad file descriptor)
    >>> trace("rawsyscall", "close", 99, returns=-4095).result
    r1 = -4095  r2 = 0  errno = 0
    """
    session = Session(target, *arguments, system=system, returns=returns, stdin=stdin, deliver=deliver)
    return session.run(limit=limit)
