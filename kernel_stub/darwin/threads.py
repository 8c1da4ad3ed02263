"""Threads as Darwin's C library makes them. Source: bsd/kern/pthread_synch.c of xnu 1228 (10.5)."""

from __future__ import annotations

from typing import Annotated

from kernel_stub import scheduler
from kernel_stub.address_space import PAGE, TASK_SIZE
from kernel_stub.cpu import INTERRUPTS, Registers
from kernel_stub.darwin.mach import semaphores
from kernel_stub.darwin.mach.ports import MACH_PORT_NULL, MOVE_SEND, Refused
from kernel_stub.darwin.mach.semaphores import Name
from kernel_stub.darwin.mach.task import task_of
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import INT, UNSIGNED, Address, Hexadecimal, Int, Size
from kernel_stub.outcomes import Errno, Replaced
from kernel_stub.posix import fork as births
from kernel_stub.process import ExitStatus, Thread

RED_ZONE = 128  # C_64_REDZONE_LEN
MAX_PTHREAD_SIZE = 64 << 10
START_FLAGS = INTERRUPTS | 0x2

Flags = Annotated[int, Hexadecimal("uint32_t %", bits=32)]
ThreadId = Annotated[int, UNSIGNED]
Pthread = Annotated[int, Hexadecimal("void *%")]
MaybeReturns = Annotated[int | Replaced, INT]


def bsdthread_register(kernel: Kernel, threadstart: Address, wqthread: Address, pthsize: Int) -> Int:
    """Say where new threads start: all of them, whatever they are to do."""
    if not 0 <= pthsize <= MAX_PTHREAD_SIZE:
        raise Errno("EINVAL")
    task = task_of(kernel)
    task.thread_start, task.wq_thread, task.pthread_size = threadstart, wqthread, pthsize
    return 0


def bsdthread_create(
    kernel: Kernel, func: Address, func_arg: Address, stack: Address, pthread: Address, flags: Flags
) -> Pthread:
    """Make a thread that runs the registered start function on a stack of its own; the answer is pthread."""
    try:
        births.check_room(kernel)
    except Errno:
        raise Errno("ENOMEM") from None  # whatever thread_create says
    task, now = task_of(kernel), kernel.registers
    thread = Thread(scheduler.new_id(kernel), blocked=kernel.thread.blocked)
    port = task.names.copy_out(task.thread_port(thread), MOVE_SEND)
    start = Registers(
        rip=task.thread_start, rdi=pthread, rsi=port, rdx=func, rcx=func_arg, r8=stack, r9=flags,
        rsp=stack - RED_ZONE, rflags=START_FLAGS, cs=now.cs, ss=now.ss,
    )  # fmt: skip
    scheduler.add(kernel, thread, start)
    return pthread


def bsdthread_terminate(kernel: Kernel, stackaddr: Address, freesize: Size, port: Name, sem: Name) -> MaybeReturns:
    """End the thread: signal a semaphore, free a stack, drop a port, each unless it is 0."""
    task = task_of(kernel)
    if sem != MACH_PORT_NULL:
        try:
            semaphores.find(kernel, sem).signal()
        except Refused:
            raise Errno("EINVAL") from None
    if stackaddr and freesize:
        start, end = stackaddr & -PAGE, -(-(stackaddr + freesize) // PAGE) * PAGE
        if end > TASK_SIZE:
            raise Errno("EINVAL")
        task.space.unmap(kernel.memory, start, end)
    ended = task.thread_ports.pop(kernel.thread.tid, None)
    if ended is not None:
        ended.alive = False
    task.names.drop_send(port)
    return scheduler.end(kernel, ExitStatus(code=0))


def thread_selfid(kernel: Kernel) -> ThreadId:
    """The running thread's id, of which no two threads of the system have the same."""
    return kernel.thread.tid
