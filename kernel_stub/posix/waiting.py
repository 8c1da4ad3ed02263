"""Waiting for children to end, stop or go on: what wait4(2) and waitid(2) have in common on all systems.

Sources: kernel/exit.c (do_wait, wait_consider_task), bsd/kern/kern_exit.c (wait4_nocancel, waitid_nocancel).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from kernel_stub import family, signals, timers
from kernel_stub.cpu import Memory
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Kind, Values, peek, pointer_text
from kernel_stub.layout import Layout, i64, nested, words
from kernel_stub.outcomes import Blocked, Errno, Restart, Wait
from kernel_stub.process import Process

# What only the kernel counts (memory, switches, ...) stays 0.
_TIMEVAL = Layout("timeval", i64("tv_sec"), i64("tv_usec"))
RUSAGE = Layout("rusage", nested("ru_utime", _TIMEVAL), nested("ru_stime", _TIMEVAL), words("ru_more", 14))
MICROSECOND, SECOND = 1_000, 1_000_000_000
STOPPED, CORE = 0x7F, 0x80  # of a status word
assert RUSAGE.size == 144


class Chosen(NamedTuple):
    """Which children: the one with an id, those of a group, or all; of those that clone(2) made with another signal
    than SIGCHLD all (None), only these, or none."""

    pid: int | None = None
    group: int | None = None
    clones: bool | None = None


class Asked(NamedTuple):
    """What is waited for. With `keep` it can be waited for again."""

    ended: bool = False
    stopped: bool = False
    continued: bool = False
    keep: bool = False


class Found(NamedTuple):
    """A child, what became of it (CLD_...), and its exit code or signal."""

    child: Process
    code: int
    status: int


@dataclass(eq=False, slots=True)
class Children:
    """What a sleeping parent looks at."""

    kernel_processes: list[Process]
    parent: int
    default: int  # SIGCHLD
    chosen: Chosen
    asked: Asked

    @property
    def ready(self) -> bool:
        """See `outcomes.Source`: one can be waited for, or none is left."""
        candidates = self.candidates()
        return not candidates or any(self.event(child) for child in candidates)

    def candidates(self) -> list[Process]:
        """The children that are meant, the oldest first."""
        return [child for child in self.kernel_processes if child.ppid == self.parent and self._is_chosen(child)]

    def _is_chosen(self, child: Process) -> bool:
        pid, group, clones = self.chosen
        if clones is not None and clones != (child.exit_signal != self.default):
            return False
        return pid in (None, child.pid) and group in (None, child.pgrp)

    def event(self, child: Process) -> int | None:
        """What can be told of a child: a CLD_ code."""
        if child.exit is not None:
            return family.status_code(child.exit) if self.asked.ended else None
        if child.stop_untold is not None and self.asked.stopped:
            return family.STOPPED
        return family.CONTINUED if child.continue_untold is not None and self.asked.continued else None


def wait(
    kernel: Kernel, chosen: Chosen, asked: Asked, *, hang: bool, newest_first: bool = False
) -> Found | Blocked | Restart | None:
    """The first child with something to tell; None if there is none now and the caller won't `hang`.

    Nothing is taken yet: `take`. Raises Errno ECHILD.
    """
    parent, default = kernel.process.pid, kernel.personality.rules.child
    children = Children(kernel.processes, parent, default, chosen, asked)
    candidates = children.candidates()
    for child in reversed(candidates) if newest_first else candidates:
        code = children.event(child)
        if code is not None:
            return Found(child, code, _number(kernel, child, code))
    if not candidates:
        raise Errno("ECHILD")
    if not hang:
        return None
    if signals.deliverable(kernel.process, kernel.thread):
        return Restart.ERESTARTSYS
    what = "a child" if chosen.pid is None else f"child {chosen.pid}"
    return Blocked(Wait(what, source=children))


def _number(kernel: Kernel, child: Process, code: int) -> int:
    if child.exit is not None:
        return family.status_number(kernel, child.exit)
    if code == family.STOPPED:
        assert child.stop_untold is not None
        return child.stop_untold
    return kernel.personality.rules.cont


def take(kernel: Kernel, found: Found) -> None:
    """It has been told, and won't be again."""
    child, code, _ = found
    if code == family.STOPPED:
        child.stop_untold = None
    elif code == family.CONTINUED:
        child.continue_untold = None
    else:
        kernel.process.children_used += time_used(kernel, child)
        kernel.processes.remove(child)


def time_used(kernel: Kernel, child: Process) -> int:
    """The processor time of a child and of the children that it waited for, in nanoseconds."""
    return timers.used(kernel, child) + child.children_used


def rusage(kernel: Kernel, child: Process) -> bytes:
    """What a child used, as struct rusage: instructions take time, the kernel takes none."""
    time = time_used(kernel, child)
    return RUSAGE.whole.codec.pack(time // SECOND, time % SECOND // MICROSECOND, 0, 0, bytes(8 * 14))


def word(found: Found, continued: int) -> int:
    """The status word; that of a child that goes on differs between systems."""
    _, code, status = found
    if code == family.EXITED:
        return status << 8
    if code == family.STOPPED:
        return status << 8 | STOPPED
    return continued if code == family.CONTINUED else status | (CORE if code == family.DUMPED else 0)


@dataclass(frozen=True, slots=True)
class StatusWord(Kind):
    """Where a status word is written, if the call tells of a child. `names` are the signals', `continued` the word
    of a child that goes on."""

    names: tuple[tuple[int, str], ...] = ()
    continued: int = 0

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return peek(memory, value, 4) if value and result else None

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        """`[{WIFEXITED(s) && WEXITSTATUS(s) == 7}]`, as strace has it."""
        if not data:
            return pointer_text(value)
        return f"[{{{self._meaning(int.from_bytes(data, 'little'))}}}]"

    def _meaning(self, word: int) -> str:
        names = dict(self.names)
        if word == self.continued:
            return "WIFCONTINUED(s)"
        if word & 0xFF == STOPPED:
            return f"WIFSTOPPED(s) && WSTOPSIG(s) == {names.get(word >> 8, word >> 8)}"
        if not word & 0x7F:
            return f"WIFEXITED(s) && WEXITSTATUS(s) == {word >> 8}"
        signal = word & 0x7F
        core = " && WCOREDUMP(s)" if word & CORE else ""
        return f"WIFSIGNALED(s) && WTERMSIG(s) == {names.get(signal, signal)}{core}"


@dataclass(frozen=True, slots=True)
class OutRusage(Kind):
    """Where what a child used is written, if the call tells of one."""

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return peek(memory, value, 32) if value and result else None

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        """`{ru_utime={tv_sec=0, tv_usec=108}, ru_stime={tv_sec=0, tv_usec=0}, ...}`."""
        if not data:
            return pointer_text(value)
        user, user_rest, system, system_rest = (int.from_bytes(data[at : at + 8], "little") for at in (0, 8, 16, 24))
        return (
            f"{{ru_utime={{tv_sec={user}, tv_usec={user_rest}}}, "
            f"ru_stime={{tv_sec={system}, tv_usec={system_rest}}}, ...}}"
        )


RusagePointer = Annotated[int, OutRusage("struct rusage *%")]
