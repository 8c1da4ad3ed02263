"""What a thread tells the kernel about itself at its start. Sources: arch/x86/kernel/process_64.c, kernel/fork.c,
kernel/futex/syscalls.c."""

from __future__ import annotations

from typing import Annotated

from kernel_stub import scheduler, user
from kernel_stub.address_space import TASK_SIZE
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Choice, Int, Size
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.outcomes import Errno

SET_GS, SET_FS, GET_FS, GET_GS = (CONSTANTS[f"ARCH_{name}"] for name in ("SET_GS", "SET_FS", "GET_FS", "GET_GS"))
ROBUST_LIST_HEAD = 24  # sizeof(struct robust_list_head)

ArchCode = Annotated[
    int,
    Choice(
        "int %",
        signed=True,
        bits=32,
        unknown="ARCH_???",
        names=tuple((name, value) for name, value in CONSTANTS.items() if name.startswith("ARCH_")),
    ),
]


def arch_prctl(kernel: Kernel, code: ArchCode, addr: Address) -> Int:
    """Set or get the base of FS or GS, where a thread's own storage is."""
    registers = kernel.registers
    if code in (SET_FS, SET_GS):
        if addr >= TASK_SIZE:
            raise Errno("EPERM")
        if code == SET_FS:
            registers.fs, registers.fs_base = 0, addr
        else:
            registers.gs, registers.gs_base = 0, addr
    elif code in (GET_FS, GET_GS):
        base = registers.fs_base if code == GET_FS else registers.gs_base
        user.write(kernel.memory, addr, base.to_bytes(8, "little"))
    else:
        raise Errno("EINVAL")
    return 0


def set_tid_address(kernel: Kernel, tidptr: Address) -> Int:
    """Say where the thread's id is to be cleared when it ends; the answer is the id."""
    kernel.thread.clear_child_tid = tidptr
    return kernel.thread.tid


def set_robust_list(kernel: Kernel, head: Address, len: Size) -> Int:
    """Say where the list of locks is that the kernel releases when the thread ends."""
    if len != ROBUST_LIST_HEAD:
        raise Errno("EINVAL")
    kernel.thread.robust_list = head
    return 0


def sched_yield(kernel: Kernel) -> Int:
    """Let another thread run."""
    scheduler.give_way(kernel)
    return 0
