"""Mach traps that are neither about messages nor about semaphores: names for things, and giving way."""

from __future__ import annotations

from typing import Annotated

from kernel_stub import posting, scheduler
from kernel_stub.darwin.mach.kern_return import KERN_INVALID_ARGUMENT, KERN_SUCCESS, InterruptibleCode
from kernel_stub.darwin.mach.ports import MACH_PORT_NULL, MOVE_SEND, Entry, Port
from kernel_stub.darwin.mach.semaphores import Name
from kernel_stub.darwin.mach.task import task_of
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import INT, UNSIGNED, Int
from kernel_stub.outcomes import Blocked, Wait

SWITCH_OPTION_NONE, SWITCH_OPTION_DEPRESS, SWITCH_OPTION_WAIT = 0, 1, 2
MILLISECOND = 1_000_000
MOST_NAMES = 1 << 16  # PORT_MAX

Option = Annotated[int, INT]
Milliseconds = Annotated[int, UNSIGNED]


def mach_reply_port(kernel: Kernel) -> Name:
    """Make a port, and get the right to receive from it; MACH_PORT_NULL if there are too many names."""
    names = task_of(kernel).names
    return names.insert(Entry(Port(), receive=True)) if len(names.entries) < MOST_NAMES else MACH_PORT_NULL


def thread_self_trap(kernel: Kernel) -> Name:
    """Get a send right to the running thread's port."""
    task = task_of(kernel)
    return task.names.copy_out(task.thread_port(kernel.thread), MOVE_SEND)


def task_self_trap(kernel: Kernel) -> Name:
    """Get a send right to the task's port."""
    task = task_of(kernel)
    return task.names.copy_out(task.port, MOVE_SEND)


def host_self_trap(kernel: Kernel) -> Name:
    """Get a send right to the host's port."""
    task = task_of(kernel)
    return task.names.copy_out(task.host, MOVE_SEND)


def _others(kernel: Kernel) -> bool:
    """Whether another thread could run."""
    process = kernel.process
    return any(thread is not kernel.thread and posting.awake(kernel, process, thread) for thread in process.threads)


def swtch_pri(kernel: Kernel, pri: Int) -> Int:
    """Give way to other threads; whether there are any."""
    scheduler.give_way(kernel)
    return int(_others(kernel))


def swtch(kernel: Kernel) -> Int:
    """Give way to other threads; whether there are any."""
    scheduler.give_way(kernel)
    return int(_others(kernel))


def thread_switch(
    kernel: Kernel, thread_name: Name, option: Option, option_time: Milliseconds
) -> InterruptibleCode:
    """Give way to other threads, or (SWITCH_OPTION_WAIT) sleep for a number of milliseconds."""
    waiting = kernel.thread.waiting
    if waiting is not None:
        return KERN_SUCCESS
    if option not in (SWITCH_OPTION_NONE, SWITCH_OPTION_DEPRESS, SWITCH_OPTION_WAIT):
        return KERN_INVALID_ARGUMENT
    if option == SWITCH_OPTION_WAIT:
        return Blocked(Wait("its time", kernel.clock.now + option_time * MILLISECOND))
    scheduler.give_way(kernel)
    return KERN_SUCCESS
