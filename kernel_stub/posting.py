"""Sending signals in a running kernel: who is woken, who dies at once, what the trace says, and what is due.

The queues themselves are in signals.py.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

from kernel_stub import signals
from kernel_stub.events import ProcessContinued, SignalPosted
from kernel_stub.process import Thread
from kernel_stub.signals import Fate, SigInfo
from kernel_stub.state import Delivery

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel


def post(kernel: Kernel, info: SigInfo, reason: str, thread: Thread | None = None) -> Fate:
    """Send a signal to a thread, or to the process as a whole; `reason` is for the trace."""
    process = kernel.process
    fate = signals.send(process, thread, info, kernel.personality.rules)
    _sent(kernel, info, reason, fate)
    return fate


def force(kernel: Kernel, info: SigInfo, reason: str, *, fatal: bool = False) -> None:
    """Send the running thread a signal that it can't put off; `fatal` if no handler may run."""
    fate = signals.force(kernel.process, kernel.thread, info, kernel.personality.rules, fatal=fatal)
    _sent(kernel, info, reason, fate)


def _sent(kernel: Kernel, info: SigInfo, reason: str, fate: Fate) -> None:
    process, rules = kernel.process, kernel.personality.rules
    if kernel.observe:
        kernel.events.append(SignalPosted(rules.names[info.signal], reason, fate, info))
    if info.signal == rules.cont and process.stopped is not None:
        process.stopped = None
        if kernel.observe:
            kernel.events.append(ProcessContinued(process.pid))
    if fate == "fatal":
        kernel.kill(info.signal)


def deliver_at(kernel: Kernel, position: int, signal: int) -> None:
    """Note a signal for a position; several at one position arrive in the order of the calls."""
    order = max((delivery.order for delivery in kernel.deliveries), default=0) + 1
    insort(kernel.deliveries, Delivery(position, order, signal))


def expire(kernel: Kernel) -> bool:
    """Send the first of what is due by now; False if nothing is."""
    if kernel.deliveries and kernel.deliveries[0].position <= kernel.clock.retired:
        _arrive(kernel)
        return True
    return False


def _arrive(kernel: Kernel) -> None:
    delivery = kernel.deliveries.pop(0)
    if kernel.process.exit is None:
        process = kernel.process
        info = SigInfo(
            delivery.signal, kernel.personality.rules.user, process.ppid, process.credentials.uid
        )
        post(kernel, info, f"sent at position {delivery.position}")


def awake(kernel: Kernel) -> bool:
    """Whether the thread's wait is over: a signal came, or its time, or one that it waits for."""
    thread, process = kernel.thread, kernel.process
    wait = thread.waiting
    if wait is None or signals.deliverable(process, thread):
        return True
    if wait.until is not None and kernel.clock.now >= wait.until:
        return True
    return bool((process.pending.set | thread.pending.set) & wait.signals)


def pass_time(kernel: Kernel) -> bool:
    """Everybody sleeps: go on to the next thing that happens. False if nothing will.

    A signal that is to arrive at a position which the sleeper doesn't reach arrives in its sleep.
    """
    wait = kernel.thread.waiting
    if kernel.process.stopped is None and wait is not None and wait.until is not None:
        kernel.clock.skip_to(wait.until)
        return True
    if kernel.deliveries:
        _arrive(kernel)
        return True
    return False
