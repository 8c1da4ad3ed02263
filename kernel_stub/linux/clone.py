"""Threads of a process: clone(2) and the end of one. Source: kernel/fork.c (copy_process, mm_release), kernel/exit.c,
arch/x86/kernel/process.c (copy_thread)."""

from __future__ import annotations

from typing import Annotated

from kernel_stub import scheduler, user
from kernel_stub.address_space import TASK_SIZE
from kernel_stub.flags import Flags, named
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Int, NoReturn
from kernel_stub.linux import futex
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.outcomes import Errno
from kernel_stub.process import ExitStatus, Thread

NAMES = (
    "CLONE_VM", "CLONE_FS", "CLONE_FILES", "CLONE_SIGHAND", "CLONE_PTRACE", "CLONE_VFORK", "CLONE_PARENT",
    "CLONE_THREAD", "CLONE_NEWNS", "CLONE_SYSVSEM", "CLONE_SETTLS", "CLONE_PARENT_SETTID", "CLONE_CHILD_CLEARTID",
    "CLONE_DETACHED", "CLONE_UNTRACED", "CLONE_CHILD_SETTID", "CLONE_IO",
)  # fmt: skip
VM, FS, FILES, SIGHAND, THREAD, NEWNS, SETTLS, PARENT_SETTID, CLEARTID, SETTID = (
    CONSTANTS[f"CLONE_{name}"]
    for name in ("VM", "FS", "FILES", "SIGHAND", "THREAD", "NEWNS", "SETTLS", "PARENT_SETTID", "CHILD_CLEARTID",
                 "CHILD_SETTID")
)  # fmt: skip
SHARED = VM | FS | FILES | SIGHAND | THREAD

CloneFlags = Annotated[int, Flags("unsigned long %", bits=64, unknown="CLONE_???", names=named(CONSTANTS, *NAMES))]


def clone(
    kernel: Kernel, flags: CloneFlags, stack: Address, parent_tid: Address, child_tid: Address, tls: Address
) -> Int:
    """Make a thread, which goes on behind the call with the answer 0. Processes of their own are not simulated."""
    needs = ((THREAD, SIGHAND), (SIGHAND, VM))
    if (flags & FS and flags & NEWNS) or any(flags & one and not flags & other for one, other in needs):
        raise Errno("EINVAL")
    if flags & SHARED != SHARED:
        raise Errno("ENOSYS", simulated=False)
    if flags & SETTLS and tls >= TASK_SIZE:
        raise Errno("EPERM")
    registers = kernel.registers
    frame = registers.copy()
    frame.rax = 0
    if stack:
        frame.rsp = stack
    if flags & SETTLS:
        frame.fs, frame.fs_base = 0, tls
    thread = Thread(scheduler.new_id(kernel), blocked=kernel.thread.blocked)
    if flags & PARENT_SETTID:
        _tell(kernel, parent_tid, thread.tid)
    if flags & SETTID:
        _tell(kernel, child_tid, thread.tid)
    if flags & CLEARTID:
        thread.clear_child_tid = child_tid
    fpu = scheduler.FRESH_FPU if registers.fpu is None else registers.fpu.load()
    scheduler.add(kernel, thread, frame, fpu)
    return thread.tid


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
    if len(process.threads) > 1:
        if thread.clear_child_tid:
            _tell(kernel, thread.clear_child_tid, 0)
            futex.wake(kernel, thread.clear_child_tid, 1)
        if thread.tid == process.pid:
            process.leader_exit = own
    return scheduler.end(kernel, process.leader_exit or own)
