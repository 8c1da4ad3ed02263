"""Darwin's signal calls: actions, masks, sending, waiting. A signal set is 32 bits.

sigprocmask, __pthread_sigmask and sigpending don't look at whether their results could be written.

Source: bsd/kern/kern_sig.c.
"""

from __future__ import annotations

from kernel_stub import family, groups, posting, signals, user
from kernel_stub.cpu import BadAddress
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.kinds import (
    How,
    NewAction,
    NewSet,
    OldAction,
    OldSet,
    Pid,
    Port,
    Set,
    Signal,
    SignalPointer,
)
from kernel_stub.darwin.mach.ports import Refused
from kernel_stub.darwin.mach.task import task_of
from kernel_stub.darwin.sigreturn import VALIDATION_DEFAULT, VALIDATION_DISABLED, VALIDATION_ENABLED
from kernel_stub.darwin.structs import NEW_SIGACTION, OLD_SIGACTION
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int, Interruptible
from kernel_stub.outcomes import Blocked, Errno, Restart, Wait
from kernel_stub.posix.signals import may_signal
from kernel_stub.process import Process, Thread
from kernel_stub.signals import IGNORE, Action, SigInfo

NSIG, SET_SIZE, EVERYTHING = 32, 4, 0xFFFF_FFFF
SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK = (CONSTANTS[name] for name in ("SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK"))
SA_NOCLDSTOP, SA_NOCLDWAIT = CONSTANTS["SA_NOCLDSTOP"], CONSTANTS["SA_NOCLDWAIT"]
TOLD = sum(CONSTANTS[name] for name in ("SA_ONSTACK", "SA_RESTART", "SA_SIGINFO", "SA_NODEFER", "SA_64REGSET"))
KEPT = TOLD | SA_NOCLDSTOP | SA_NOCLDWAIT | CONSTANTS["SA_RESETHAND"]
SA_VALIDATE_SIGRETURN_FROM_SIGTRAMP = 0x400
SIGCHLD = 20
_unpack, _pack = NEW_SIGACTION.whole.codec.unpack, OLD_SIGACTION.whole.codec.pack


def sigaction(kernel: Kernel, signum: Signal, nsa: NewAction, osa: OldAction) -> Int:
    """Tell and set what a signal does: the old action is told even if the new one can't be read."""
    process, rules = kernel.process, kernel.personality.rules
    if not 0 < signum < NSIG or rules.unblockable >> (signum - 1) & 1:
        raise Errno("EINVAL")
    if osa:
        action = process.actions[signum]
        user.write(kernel.memory, osa, _pack(action.handler, action.mask, told(action, signum)))
    if nsa:
        handler, tramp, mask, flags = _unpack(user.read(kernel.memory, nsa, NEW_SIGACTION.size))
        _choose_validation(process, flags)
        if signum == SIGCHLD and handler == IGNORE:
            flags |= SA_NOCLDWAIT
        action = Action(handler, flags & KEPT, tramp, mask & ~rules.unblockable)
        process.actions[signum] = action
        if signals.discarded(action, signum, rules):
            signals.discard(process, 1 << (signum - 1))
    return 0


def told(action: Action, signum: int) -> int:
    """The flags as they are told. SA_RESETHAND never is; SA_RESTART is also for a signal that nobody touched,
    and SA_NOCLDWAIT for a SIGCHLD that is ignored."""
    flags = action.flags & TOLD
    if signum == SIGCHLD:
        flags |= action.flags & (SA_NOCLDSTOP | SA_NOCLDWAIT)
    return flags


def _choose_validation(process: Process, flags: int) -> None:
    """The first action that is set decides for good whether sigreturn's token is looked at (since 10.14)."""
    check = process.token
    if check is not None and check.validation == VALIDATION_DEFAULT:
        asked = flags & SA_VALIDATE_SIGRETURN_FROM_SIGTRAMP
        process.token = check._replace(validation=VALIDATION_ENABLED if asked else VALIDATION_DISABLED)


def _tell(kernel: Kernel, address: int, signal_set: int) -> None:
    """Write a set, if there is an address and it works."""
    if address:
        try:
            kernel.memory.copy_out(address, (signal_set & EVERYTHING).to_bytes(SET_SIZE, "little"))
        except BadAddress:
            return


def _read_set(kernel: Kernel, address: int) -> int:
    """A set, without the signals that can't be blocked. Raises Errno EFAULT."""
    found = int.from_bytes(user.read(kernel.memory, address, SET_SIZE), "little")
    return found & ~kernel.personality.rules.unblockable


def _change_masks(kernel: Kernel, threads: list[Thread], how: int, address: int, old_address: int) -> int:
    old = kernel.thread.blocked
    if address:
        new = _read_set(kernel, address)
        if how not in (SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK):
            raise Errno("EINVAL")
        for thread in threads:
            kept = 0 if how == SIG_SETMASK else thread.blocked
            thread.blocked = kept & ~new if how == SIG_UNBLOCK else kept | new
    _tell(kernel, old_address, old)
    return 0


def sigprocmask(kernel: Kernel, how: How, mask: NewSet, omask: OldSet) -> Int:
    """Change the mask of every thread, and tell the caller's."""
    return _change_masks(kernel, kernel.process.threads, how, mask, omask)


def __pthread_sigmask(kernel: Kernel, how: How, set: NewSet, oset: OldSet) -> Int:
    """Change and tell the thread's mask."""
    return _change_masks(kernel, [kernel.thread], how, set, oset)


def sigpending(kernel: Kernel, osv: OldSet) -> Int:
    """Tell which signals are pending for the thread."""
    _tell(kernel, osv, kernel.thread.pending.set)
    return 0


def sigsuspend(kernel: Kernel, mask: Set) -> Interruptible:
    """Sleep with another mask, given by value, until a handler has run."""
    thread = kernel.thread
    if thread.waiting is None:
        thread.saved_mask, thread.blocked = thread.blocked, mask & ~kernel.personality.rules.unblockable
    if not signals.deliverable(kernel.process, thread):
        return Blocked(Wait("a signal"))
    return Restart.ERESTARTNOHAND


def __sigwait(kernel: Kernel, set: NewSet, sig: SignalPointer) -> Interruptible:
    """Wait for a signal of a set and take it. Every other signal waits meanwhile; ignored ones never come."""
    thread = kernel.thread
    if thread.waiting is None:
        if not set:
            raise Errno("EINVAL")
        wanted = _read_set(kernel, set)
        if not wanted:
            raise Errno("EINVAL")
        wait = Wait("a signal of a set", signals=wanted)
    else:
        wait = thread.waiting
    taken = _take(kernel, wait.signals)
    if taken is None:
        if thread.waiting is None:
            thread.saved_mask, thread.blocked = thread.blocked, EVERYTHING & ~kernel.personality.rules.unblockable
        elif signals.deliverable(kernel.process, thread):  # SIGSTOP: SIGKILL has ended the process
            return Restart.ERESTARTNOINTR
        return Blocked(wait)
    if thread.saved_mask is not None:
        thread.blocked, thread.saved_mask = thread.saved_mask, None
    if sig:
        user.write(kernel.memory, sig, taken.to_bytes(4, "little"))
    return 0


def _take(kernel: Kernel, wanted: int) -> int | None:
    """The lowest signal of a set that is pending for a thread, the first one that has any."""
    for thread in kernel.process.threads:
        found = thread.pending.set & wanted
        if found:
            thread.pending.discard(found & -found)
            return (found & -found).bit_length()
    return None


def kill(kernel: Kernel, pid: Pid, signum: Signal, posix: Int) -> Int:
    """Send a signal to a process, a process group (0: one's own), or (-1) to every process.

    With `posix`, the caller counts among these, and EPERM stands for nobody whom it may signal.
    """
    if not 0 <= signum < NSIG:
        raise Errno("EINVAL")
    if pid > 0:
        return _kill_one(kernel, pid, signum)
    process, neighbours = kernel.process, kernel.process.neighbours
    if pid == -1:
        chosen = [other for other in kernel.processes if posix or other is not process]
    else:
        group = -pid or process.pgrp
        chosen = groups.members(kernel, group)
        neighbours = tuple(other for other in neighbours if other.pgrp == group)
        if not chosen and not neighbours:
            raise Errno("ESRCH")
    alive = [other for other in chosen if other.exit is None]
    if not alive and not any(other.pid > 1 and may_signal(kernel, other) for other in neighbours):
        raise Errno("EPERM" if posix else "ESRCH")
    for other in alive:
        _send(kernel, signum, other)
    return 0


def _kill_one(kernel: Kernel, pid: int, signum: int) -> int:
    """To one that has ended and wasn't waited for, it is a success."""
    process = family.find(kernel, pid)
    if process is not None:
        _send(kernel, signum, process)
        return 0
    for other in kernel.process.neighbours:
        if other.pid == pid:
            if not may_signal(kernel, other):
                raise Errno("EPERM")
            return 0
    raise Errno("ESRCH")


def _send(kernel: Kernel, signum: int, to: Process, thread: Thread | None = None, call: str = "kill") -> None:
    if signum:
        sender = kernel.process
        info = SigInfo(signum, 0, sender.pid, sender.credentials.uid)
        posting.post(kernel, info, f"{call} by {sender.pid}", thread, to)


def __pthread_kill(kernel: Kernel, thread_port: Port, sig: Signal) -> Int:
    """Send a signal to a thread, by its port."""
    try:
        thread = task_of(kernel).names.sendable(thread_port).thread
    except Refused:
        thread = None
    if thread is None or thread.ended:
        raise Errno("ESRCH")
    if not 0 <= sig < NSIG:
        raise Errno("EINVAL")
    _send(kernel, sig, kernel.process, thread, "__pthread_kill")
    return 0
