"""Threads and processes: clone(2), fork(2), vfork(2), and the end of both. Source: kernel/fork.c (kernel_clone,
copy_process, clone3_args_valid, mm_release), kernel/exit.c, arch/x86/kernel/process.c (copy_thread).

What a process shares with its parent by CLONE_FS is copied all the same.
"""

from __future__ import annotations

import struct
from typing import Annotated, NamedTuple

from kernel_stub import family, scheduler, user
from kernel_stub.address_space import PAGE, TASK_SIZE
from kernel_stub.cpu import Registers
from kernel_stub.flags import Flags, named
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import INT, Address, Int, NoReturn, Size
from kernel_stub.linux import futex
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.signals import BY_NUMBER
from kernel_stub.outcomes import Blocked, Errno
from kernel_stub.posix import exit as endings
from kernel_stub.posix import fork as births
from kernel_stub.process import NO_STACK, SIGNALS, ExitStatus, Process, Thread
from kernel_stub.signals import DEFAULT_ACTION, IGNORE

NAMES = (
    "CLONE_VM", "CLONE_FS", "CLONE_FILES", "CLONE_SIGHAND", "CLONE_PTRACE", "CLONE_VFORK", "CLONE_PARENT",
    "CLONE_THREAD", "CLONE_NEWNS", "CLONE_SYSVSEM", "CLONE_SETTLS", "CLONE_PARENT_SETTID", "CLONE_CHILD_CLEARTID",
    "CLONE_DETACHED", "CLONE_UNTRACED", "CLONE_CHILD_SETTID", "CLONE_IO",
)  # fmt: skip
VM, FS, FILES, SIGHAND, VFORK, PARENT, THREAD, NEWNS, SETTLS, PARENT_SETTID, CLEARTID, SETTID, DETACHED = (
    CONSTANTS[f"CLONE_{name}"]
    for name in ("VM", "FS", "FILES", "SIGHAND", "VFORK", "PARENT", "THREAD", "NEWNS", "SETTLS", "PARENT_SETTID",
                 "CHILD_CLEARTID", "CHILD_SETTID", "DETACHED")
)  # fmt: skip
SHARED = VM | FS | FILES | SIGHAND | THREAD
SIGNAL = 0xFF  # CSIGNAL: what the parent gets at the child's end
CLEAR_SIGHAND, INTO_CGROUP, NEWTIME = 1 << 32, 1 << 33, CONSTANTS["CLONE_NEWTIME"]
# Namespaces, control groups, descriptors that stand for processes: there are none here.
MISSING = NEWTIME | INTO_CGROUP | sum(
    CONSTANTS[f"CLONE_{name}"]
    for name in ("PIDFD", "NEWNS", "NEWCGROUP", "NEWUTS", "NEWIPC", "NEWUSER", "NEWPID", "NEWNET")
)  # fmt: skip
CLONE_ARGS = struct.Struct("<8Q")  # struct clone_args, as it first was
MOST_ARGS = CLONE_ARGS.size + 24  # and as it is, with what is MISSING


class CloneWord(Flags):
    """Flags with a signal in the low byte."""

    __slots__ = ()

    def text(self, value: int, values: object, data: bytes | None) -> str | None:
        """`CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD`."""
        flags, signal = value & ~SIGNAL, value & SIGNAL
        name = BY_NUMBER[signal].name if signal in BY_NUMBER else str(signal)
        parts = [self.spell(flags)] * bool(flags) + [name] * bool(signal)
        return "|".join(parts) or "0"


CloneFlags = Annotated[int, CloneWord("unsigned long %", bits=64, unknown="CLONE_???", names=named(CONSTANTS, *NAMES))]
MaybeSleeps = Annotated[int | Blocked, INT]  # with vfork


class Wish(NamedTuple):
    """What clone and clone3 are asked for."""

    flags: int
    signal: int
    stack: int = 0
    parent_tid: int = 0
    child_tid: int = 0
    tls: int = 0


def fork(kernel: Kernel) -> MaybeSleeps:
    """Make a process, which goes on behind the call with the answer 0 and a copy of the memory."""
    return _clone(kernel, Wish(0, kernel.personality.rules.child))


def vfork(kernel: Kernel) -> MaybeSleeps:
    """Make a process that uses the caller's memory; the caller sleeps until it has ended."""
    return _clone(kernel, Wish(VFORK | VM, kernel.personality.rules.child))


def clone(
    kernel: Kernel, flags: CloneFlags, stack: Address, parent_tid: Address, child_tid: Address, tls: Address
) -> MaybeSleeps:
    """Make a thread or a process, which goes on behind the call with the answer 0."""
    low = flags & 0xFFFF_FFFF  # lower_32_bits
    return _clone(kernel, Wish(low & ~SIGNAL, low & SIGNAL, stack, parent_tid, child_tid, tls))


def clone3(kernel: Kernel, cl_args: Address, size: Size) -> MaybeSleeps:
    """clone with its arguments in memory, where there is room for more of them."""
    if births.lent(kernel) is None:
        return _clone(kernel, _read_arguments(kernel, cl_args, size))
    return _clone(kernel, Wish(0, 0))


def _read_arguments(kernel: Kernel, address: int, size: int) -> Wish:
    """Raises Errno EINVAL, E2BIG, EFAULT."""
    if size > PAGE:
        raise Errno("E2BIG")
    if size < CLONE_ARGS.size:
        raise Errno("EINVAL")
    data = user.read(kernel.memory, address, size)
    if any(data[MOST_ARGS:]):
        raise Errno("E2BIG")
    flags, _, child_tid, parent_tid, signal, stack, stack_size, tls = CLONE_ARGS.unpack_from(data)
    unknown = flags >> 34 or flags & (DETACHED | (SIGNAL & ~NEWTIME))
    if unknown or (flags & SIGHAND and flags & CLEAR_SIGHAND) or (flags & (THREAD | PARENT) and signal):
        raise Errno("EINVAL")
    if signal > SIGNALS or bool(stack) != bool(stack_size) or stack + stack_size > TASK_SIZE:
        raise Errno("EINVAL")
    return Wish(flags, signal, stack + stack_size, parent_tid, child_tid, tls)


def _clone(kernel: Kernel, wish: Wish) -> int | Blocked:
    loan = births.lent(kernel)
    if loan is not None:
        wait = kernel.thread.waiting
        assert wait is not None
        return loan.child if loan.ready else Blocked(wait)
    _check(wish)
    frame = kernel.registers.copy()
    frame.rax = 0
    if wish.stack:
        frame.rsp = wish.stack
    if wish.flags & SETTLS:
        frame.fs, frame.fs_base = 0, wish.tls
    return _thread(kernel, wish, frame) if wish.flags & THREAD else _process(kernel, wish, frame)


def _check(wish: Wish) -> None:
    """Raises Errno EINVAL, ENOSYS, EPERM."""
    flags = wish.flags
    needs = ((THREAD, SIGHAND), (SIGHAND, VM))
    if (flags & FS and flags & NEWNS) or any(flags & one and not flags & other for one, other in needs):
        raise Errno("EINVAL")
    if flags & MISSING or (flags & THREAD and flags & SHARED != SHARED):
        raise Errno("ENOSYS", simulated=False)
    if flags & SETTLS and wish.tls >= TASK_SIZE:
        raise Errno("EPERM")


def _thread(kernel: Kernel, wish: Wish, frame: Registers) -> int:
    """Raises Errno EAGAIN."""
    births.check_room(kernel)
    thread = Thread(scheduler.new_id(kernel), blocked=kernel.thread.blocked)
    _tell_ids(kernel, wish, thread, kernel.process.root)
    fpu = kernel.registers.fpu
    scheduler.add(kernel, thread, frame, scheduler.FRESH_FPU if fpu is None else fpu.load())
    return thread.tid


def _process(kernel: Kernel, wish: Wish, frame: Registers) -> int | Blocked:
    """Raises Errno EAGAIN, ENOMEM."""
    flags, process = wish.flags, kernel.process
    child = births.copy(kernel, share_memory=bool(flags & VM), share_files=bool(flags & FILES))
    (thread,) = child.threads
    if flags & (VM | VFORK) == VM:
        thread.altstack = NO_STACK
    child.exit_signal = wish.signal
    if flags & PARENT:
        child.ppid, child.exit_signal = process.ppid, process.exit_signal
    if flags & SIGHAND:
        child.actions = process.actions
    if flags & CLEAR_SIGHAND:
        child.actions = [action if action.handler == IGNORE else DEFAULT_ACTION for action in process.actions]
    _tell_ids(kernel, wish, thread, child.root)
    family.start(kernel, child, frame)
    return births.lend(kernel, child) if flags & VFORK else child.pid


def _tell_ids(kernel: Kernel, wish: Wish, thread: Thread, root: int) -> None:
    """The new id is written in the parent's memory and in the child's, and may be cleared at its end."""
    if wish.flags & PARENT_SETTID:
        _tell(kernel, wish.parent_tid, thread.tid)
    if wish.flags & SETTID:
        here = kernel.memory.root
        kernel.memory.use(root)
        _tell(kernel, wish.child_tid, thread.tid)
        kernel.memory.use(here)
    if wish.flags & CLEARTID:
        thread.clear_child_tid = wish.child_tid


def _tell(kernel: Kernel, address: int, tid: int) -> None:
    """Write a thread id where it was asked for; an address that is none changes nothing."""
    try:
        user.write(kernel.memory, address, tid.to_bytes(4, "little"))
    except Errno:
        return


def exit(kernel: Kernel, status: Int) -> NoReturn:
    """End the thread, and with the last one the process, whose status is that of its first thread."""
    process, thread = kernel.process, kernel.thread
    own = ExitStatus(code=status & 0xFF)
    if len(process.threads) > 1 and thread.tid == process.pid:
        process.leader_exit = own
    _forget_memory(kernel)
    return scheduler.end(kernel, process.leader_exit or own)


def exit_group(kernel: Kernel, status: Int) -> NoReturn:
    """End the process; its parent sees the low eight bits of the status."""
    _forget_memory(kernel)
    return endings.exit(kernel, status)


def _forget_memory(kernel: Kernel) -> None:
    """The thread's id is cleared where it asked for that, if somebody else has the memory too [mm_release]."""
    thread, address = kernel.thread, kernel.thread.clear_child_tid
    if address and (len(kernel.process.threads) > 1 or _shares_memory(kernel, kernel.process)):
        _tell(kernel, address, 0)
        futex.wake(kernel, address, 1)
    thread.clear_child_tid = 0


def _shares_memory(kernel: Kernel, process: Process) -> bool:
    return any(
        other.root == process.root and other is not process and other.exit is None for other in kernel.processes
    )
