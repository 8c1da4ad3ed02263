"""Processes and threads: plain data that a checkpoint can copy.

What belongs to the process and what to each thread is divided as on Linux (signal(7)): actions and the
shared queue to the process; mask, own queue, alternate stack and everything about a call to the thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from kernel_stub.address_space import AddressSpace
from kernel_stub.cpu import Registers
from kernel_stub.files import FileTable
from kernel_stub.filesystem.inodes import Inode
from kernel_stub.outcomes import Restart, Wait
from kernel_stub.randomness import Randomness
from kernel_stub.signals import DEFAULT_ACTION, Action, Pending, SigInfo
from kernel_stub.timers import IntervalTimers

SIGNALS = 64  # numbers 1..64


class ExitStatus(NamedTuple):
    """How a process ended: with a code (0..255), or killed by a signal (its name; `core` if it dumps)."""

    code: int | None = None
    signal: str | None = None
    core: bool = False


class Credentials(NamedTuple):
    """Real and effective user and group ids."""

    uid: int
    gid: int
    euid: int
    egid: int


class Neighbour(NamedTuple):
    """Another process of the machine, of which only this is known: signals to it go nowhere. It leads its session,
    or else is in that of its group's leader."""

    pid: int
    pgrp: int
    uid: int

    @property
    def session(self) -> int:
        """The id of its session."""
        return self.pgrp


class AltStack(NamedTuple):
    """sigaltstack's settings, with the flags as they were passed (task_struct: sas_ss_sp, _size, _flags)."""

    address: int = 0
    size: int = 0
    flags: int = 0


class Trap(NamedTuple):
    """The last processor exception of a thread (thread_struct: trap_nr, error_code, cr2); it stays for
    the frames of later signals. `code` and `subcode` are the Mach exception's (uthread: uu_code, uu_subcode)."""

    number: int = 0
    error_code: int = 0
    address: int = 0
    code: int = 0
    subcode: int = 0


NO_STACK, NO_TRAP = AltStack(), Trap()


class SigreturnToken(NamedTuple):
    """What Darwin's sigreturn may ask for since 10.14: `value` is mixed with the frame's address; `validation`
    is 0 until a first action is set, then 1 (on) or 2 (off)."""

    value: int
    validation: int = 0


class Interrupted(NamedTuple):
    """A call that a signal cut short, until it is known whether a handler runs. `rax` is its number as
    it was at SYSCALL."""

    name: str
    kind: Restart
    rax: int


class RestartBlock(NamedTuple):
    """What restart_syscall goes on with: the call's name, and what it needs to know."""

    call: str
    arguments: tuple[int, ...] = ()


@dataclass(slots=True)
class Thread:
    """One thread. Masks have bit n-1 for signal n. `entry` is RAX as it was at SYSCALL where that is how the
    thread came into the kernel, else None; `entry_flags` are the flags then.

    `waiting` is what it sleeps for, None while it runs. `saved_mask` is put back when a call that swaps
    the mask (sigsuspend, ppoll, ...) is over, or goes into the frame of the handler that ends it. `frame` and
    `fpu` (an FXSAVE image) are its registers while another one runs; `ended` is set when it is gone.
    `clear_child_tid` and `robust_list` are addresses that it gave for its end.
    """

    tid: int
    blocked: int = 0
    pending: Pending = field(default_factory=Pending)
    altstack: AltStack = NO_STACK
    trap: Trap = NO_TRAP
    entry: int | None = None
    entry_flags: int = 0
    saved_mask: int | None = None
    waiting: Wait | None = None
    interrupted: Interrupted | None = None
    restart: RestartBlock | None = None
    clear_child_tid: int = 0
    robust_list: int = 0
    frame: Registers | None = None
    fpu: bytes | None = None
    ended: bool = False


@dataclass(slots=True)
class Process:
    """One process. `stopped` is the signal that stopped it, or None; `exit` is set when it is gone.

    `executable` is the path of the program, "" for a routine. `limits` are soft and hard resource limits by
    number, where they are not infinite; the soft ones of files and stack are in `files` and `space`.

    `threads` are those that haven't ended, the oldest first. `leader_exit` is how the first one ended, if the
    others go on. `last_signal` is the last one that was sent to it, and why. `root` says which address space of the
    memory it has, and `used` how many instructions it retired until others ran; it runs since position `resumed`.
    `children_used` are those of the children that were waited for.

    `exit_signal` is what its parent gets at its end. What a parent has not been told yet: `stop_untold` is the
    signal that stopped it (`last_stop`: the last one ever), `continue_untold` who let it go on. With `borrows` its
    parent sleeps until it ends (vfork).

    `actions[n]` is what signal n does. `pending` is the queue of all its threads together, and
    `sigpending_limit` the soft RLIMIT_SIGPENDING. `sender` is who sent the last signal that a handler was ready
    for, `child` the last child that it heard of (Darwin: si_pid, si_uid, si_status and si_code of struct proc);
    `token` is None where sigreturn asks for none. `cwd` is the working directory (None: the root) and `umask` what
    new files may not be permitted: a child's own.
    """

    pid: int
    ppid: int
    threads: list[Thread]
    credentials: Credentials
    files: FileTable
    space: AddressSpace = field(default_factory=AddressSpace)
    executable: str = ""
    limits: dict[int, tuple[int, int]] = field(default_factory=dict)
    randomness: Randomness = field(default_factory=Randomness)
    pgrp: int = 0
    session: int = 0
    neighbours: tuple[Neighbour, ...] = ()
    actions: list[Action] = field(default_factory=lambda: [DEFAULT_ACTION] * (SIGNALS + 1))
    pending: Pending = field(default_factory=Pending)
    sigpending_limit: int = 15000
    timers: IntervalTimers = field(default_factory=IntervalTimers)
    sender: SigInfo | None = None
    child: SigInfo | None = None
    token: SigreturnToken | None = None
    cwd: Inode | None = None
    umask: int = 0o022
    stopped: int | None = None
    exit: ExitStatus | None = None
    leader_exit: ExitStatus | None = None
    last_signal: tuple[int, str] = (0, "")
    root: int = 0
    used: int = 0
    resumed: int = 0
    children_used: int = 0
    exit_signal: int = 0
    stop_untold: int | None = None
    last_stop: int = 0
    continue_untold: int | None = None
    borrows: bool = False

    def copy(self, pid: int, thread: Thread) -> Process:
        """A child with one thread: what it has from its parent, and what starts anew. Memory and descriptors are
        still the parent's own."""
        return replace(
            self,
            pid=pid,
            ppid=self.pid,
            threads=[thread],
            limits=dict(self.limits),
            randomness=Randomness(pid),
            actions=list(self.actions),
            pending=Pending(),
            timers=IntervalTimers(),
            sender=None,
            child=None,
            leader_exit=None,
            used=0,
            resumed=0,
            children_used=0,
        )

    def end(self) -> None:
        """What a zombie has no longer, apart from files and memory."""
        self.timers = IntervalTimers()

    @property
    def tid(self) -> int:
        """The first thread's id."""
        return self.threads[0].tid

    @tid.setter
    def tid(self, tid: int) -> None:
        self.threads[0].tid = tid
