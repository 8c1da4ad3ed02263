"""Mach semaphores, as osfmk/kern/sync_sema.c has them, and the traps that use them.

The count is -1 while somebody waits, or did: it is put right by the next signal.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Annotated

from kernel_stub import signals
from kernel_stub.darwin.mach.kern_return import (
    KERN_ABORTED,
    KERN_INVALID_ARGUMENT,
    KERN_INVALID_VALUE,
    KERN_NOT_WAITING,
    KERN_OPERATION_TIMED_OUT,
    KERN_SUCCESS,
    KERN_TERMINATED,
    Code,
    InterruptibleCode,
)
from kernel_stub.darwin.mach.ports import MACH_PORT_NULL, Refused
from kernel_stub.darwin.mach.task import task_of
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import UNSIGNED, Hexadecimal
from kernel_stub.outcomes import Blocked, Wait, Waiter
from kernel_stub.process import Thread

SECOND = 1_000_000_000
SYNC_POLICY_REVERSED, SYNC_POLICY_MAX = 2, 7  # the one is a bit: last in, first out

Name = Annotated[int, Hexadecimal("mach_port_name_t %", bits=32)]
Seconds = Annotated[int, UNSIGNED]
Nanoseconds = Annotated[int, UNSIGNED]


@dataclass(eq=False, slots=True)
class Semaphore:
    """`waiters` are in the order in which they came; `last_first` takes them from the other end."""

    count: int
    last_first: bool = False
    active: bool = True
    waiters: deque[Sleeper] = field(default_factory=deque)

    def wake(self, result: int, thread: Thread | None = None) -> bool:
        """End the wait of the next one in turn, or of one thread; False if there is none."""
        for waiter in reversed(self.waiters) if self.last_first else self.waiters:
            if thread is None or waiter.thread is thread:
                self.waiters.remove(waiter)
                waiter.result = result
                return True
        return False

    def signal(self) -> None:
        """Wake one waiter, or let the next one not wait [SEMAPHORE_SIGNAL_PREPOST]."""
        if self.count < 0:
            if self.wake(KERN_SUCCESS):
                return
            self.count = 0
        self.count += 1

    def signal_all(self) -> None:
        """Wake all waiters; without any it changes nothing."""
        if self.count < 0:
            self.count = 0
            while self.wake(KERN_SUCCESS):
                pass

    def signal_only(self, thread: Thread | None) -> int:
        """Wake one thread (None: any one) if it waits here [SEMAPHORE_OPTION_NONE]."""
        if self.count < 0:
            if self.wake(KERN_SUCCESS, thread):
                return KERN_SUCCESS
            if thread is None:
                self.count = 0
        return KERN_NOT_WAITING

    def destroy(self) -> None:
        """It is gone: whoever waits is told so."""
        self.active = False
        self.count = 0
        while self.wake(KERN_TERMINATED):
            pass


@dataclass(eq=False, slots=True)
class Sleeper(Waiter):
    """A thread's place in a semaphore's queue."""

    semaphore: Semaphore | None = None
    thread: Thread | None = None

    def leave(self) -> None:
        """Not wait any longer."""
        assert self.semaphore is not None
        self.semaphore.waiters.remove(self)


def find(kernel: Kernel, name: int) -> Semaphore:
    """The semaphore of a name [port_name_to_semaphore]. Raises Refused."""
    port = task_of(kernel).names.sendable(name)
    if not port.alive or port.semaphore is None:
        raise Refused(KERN_INVALID_ARGUMENT)
    return port.semaphore


def semaphore_signal_trap(kernel: Kernel, signal_name: Name) -> Code:
    """Wake a thread that waits on a semaphore, or let the next wait pass."""
    try:
        find(kernel, signal_name).signal()
    except Refused as refused:
        return refused.code
    return KERN_SUCCESS


def semaphore_signal_all_trap(kernel: Kernel, signal_name: Name) -> Code:
    """Wake all threads that wait on a semaphore."""
    try:
        find(kernel, signal_name).signal_all()
    except Refused as refused:
        return refused.code
    return KERN_SUCCESS


def semaphore_signal_thread_trap(kernel: Kernel, signal_name: Name, thread_name: Name) -> Code:
    """Wake one thread if it waits on a semaphore; with MACH_PORT_NULL any one that does."""
    thread = None
    try:
        if thread_name != MACH_PORT_NULL:
            thread = _thread(kernel, thread_name)
        return find(kernel, signal_name).signal_only(thread)
    except Refused as refused:
        return refused.code


def _thread(kernel: Kernel, name: int) -> Thread:
    """The thread of a name [port_name_to_thread]. Raises Refused KERN_INVALID_ARGUMENT."""
    try:
        port = task_of(kernel).names.sendable(name)
    except Refused:
        raise Refused(KERN_INVALID_ARGUMENT) from None
    if port.thread is None or not port.alive:
        raise Refused(KERN_INVALID_ARGUMENT)
    return port.thread


def semaphore_wait_trap(kernel: Kernel, wait_name: Name) -> InterruptibleCode:
    """Wait until a semaphore is signalled."""
    return wait(kernel, wait_name, None)


def semaphore_timedwait_trap(
    kernel: Kernel, wait_name: Name, sec: Seconds, nsec: Nanoseconds
) -> InterruptibleCode:
    """Wait until a semaphore is signalled, at most for a time; zero doesn't wait."""
    if nsec >= SECOND:
        return KERN_INVALID_VALUE
    return wait(kernel, wait_name, sec * SECOND + nsec)


def semaphore_wait_signal_trap(kernel: Kernel, wait_name: Name, signal_name: Name) -> InterruptibleCode:
    """Wait on one semaphore, and signal another once the wait has begun."""
    return wait(kernel, wait_name, None, signal_name)


def semaphore_timedwait_signal_trap(
    kernel: Kernel, wait_name: Name, signal_name: Name, sec: Seconds, nsec: Nanoseconds
) -> InterruptibleCode:
    """Wait on one semaphore, at most for a time, and signal another once the wait has begun."""
    if nsec >= SECOND:
        return KERN_INVALID_VALUE
    return wait(kernel, wait_name, sec * SECOND + nsec, signal_name)


def wait(kernel: Kernel, name: int, timeout: int | None, signal_name: int | None = None) -> int | Blocked:
    """What all four have in common [semaphore_wait_internal]; `timeout` is in nanoseconds."""
    waiting = kernel.thread.waiting
    if waiting is not None:
        return _woken(kernel, waiting)
    try:
        other = None if signal_name is None else find(kernel, signal_name)
        semaphore = find(kernel, name)
    except Refused as refused:
        return refused.code
    answer: int | Blocked
    if semaphore.count > 0:
        semaphore.count -= 1
        answer = KERN_SUCCESS
    elif timeout == 0:
        answer = KERN_OPERATION_TIMED_OUT
    else:
        semaphore.count = -1
        sleeper = Sleeper(semaphore=semaphore, thread=kernel.thread)
        semaphore.waiters.append(sleeper)
        until = None if timeout is None else kernel.clock.now + timeout
        answer = Blocked(Wait(f"semaphore {name:#x}", until, source=sleeper))
    if other is not None:
        other.signal()
    return answer


def _woken(kernel: Kernel, waiting: Wait) -> int | Blocked:
    """Why the sleep is over [semaphore_convert_wait_result]. A wait for oneself may have been signalled at once."""
    sleeper = waiting.source
    assert isinstance(sleeper, Sleeper)
    if sleeper.result is not None:
        return sleeper.result
    if signals.deliverable(kernel.process, kernel.thread):
        sleeper.leave()
        return KERN_ABORTED
    if waiting.until is not None and kernel.clock.now >= waiting.until:
        sleeper.leave()
        return KERN_OPERATION_TIMED_OUT
    return Blocked(waiting)
