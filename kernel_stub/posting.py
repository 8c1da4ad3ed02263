"""Sending signals in a running kernel: who is woken, who dies at once, what the trace says, and what is due.

The queues themselves are in signals.py.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from kernel_stub import family, signals, timers
from kernel_stub.clock import NEVER
from kernel_stub.events import SignalPosted
from kernel_stub.process import Process, Thread
from kernel_stub.signals import Fate, SigInfo
from kernel_stub.state import Delivery, TimedDelivery

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel


NO_FRAME, OUT_OF_MEMORY = "no frame could be written", "out of memory"  # reasons that are the kernel's own


def post(
    kernel: Kernel, info: SigInfo, reason: str, thread: Thread | None = None, process: Process | None = None
) -> Fate:
    """Send a signal to a process (the running one), or to one thread of it; `reason` is for the trace. Those that
    have ended ignore it."""
    process = process or kernel.process
    if process.exit is not None:
        return "ignored"
    fate = kernel.personality.send(process, thread, info, kernel.personality.rules)
    _sent(kernel, process, info, reason, fate)
    return fate


def force(kernel: Kernel, info: SigInfo, reason: str, *, fatal: bool = False) -> None:
    """Send the running thread the signal of what it did, as its system does; `fatal` if no handler may run."""
    personality = kernel.personality
    fate = personality.force(kernel.process, kernel.thread, info, personality.rules, fatal=fatal)
    _sent(kernel, kernel.process, info, reason, fate)


def _sent(kernel: Kernel, process: Process, info: SigInfo, reason: str, fate: Fate) -> None:
    rules = kernel.personality.rules
    process.last_signal = info.signal, reason
    if kernel.observe:
        other = None if process is kernel.process else process.pid
        kernel.events.append(SignalPosted(rules.names[info.signal], reason, fate, info, other))
    if info.signal == rules.cont and process.stopped is not None:
        family.go_on(kernel, process, info.pid)
    if fate == "fatal":
        kernel.kill(info.signal, process)


def deliver_at(kernel: Kernel, position: int, signal: int) -> None:
    """Note a signal for a position; several at one position arrive in the order of the calls."""
    kernel.delivery_order += 1
    heappush(kernel.deliveries, Delivery(position, kernel.delivery_order, signal))


def deliver_at_time(kernel: Kernel, time: int, signal: int) -> None:
    """Note a signal for a time of the clock."""
    kernel.delivery_order += 1
    heappush(kernel.timed_deliveries, TimedDelivery(time, kernel.delivery_order, signal))


def take(kernel: Kernel, blocked: int | None = None) -> SigInfo | None:
    """Take the signal that is to be delivered next, or None; with `blocked`, one that isn't in that set, for the
    caller. A timer whose signal it is may go on."""
    process, thread, rules = kernel.process, kernel.thread, kernel.personality.rules
    alarm = process.pending.set & 1 << (rules.timers[timers.REAL] - 1)
    info = signals.take(process, thread, rules) if blocked is None else signals.dequeue(process, thread, blocked, rules)
    if alarm & ~process.pending.set:
        timers.restart(kernel)
    return info


def due(kernel: Kernel) -> bool:
    """Whether `expire` has something to send."""
    position = kernel.deadline
    return position is not None and position <= kernel.clock.retired


def expire(kernel: Kernel) -> bool:
    """Send the first of what is due by now; False if nothing is."""
    clock = kernel.clock
    for process in kernel.processes:
        if process.timers.running and (which := timers.take_due(kernel, process)) is not None:
            rules = kernel.personality.rules
            info = SigInfo(rules.timers[which], rules.kernel)
            post(kernel, info, f"{timers.NAMES[which]} expired", process=process)
            return True
    if kernel.timed_deliveries and kernel.timed_deliveries[0].time <= clock.now:
        delivery = heappop(kernel.timed_deliveries)
        _from_parent(kernel, delivery.signal, f"sent at {delivery.time} ns")
    elif kernel.deliveries and kernel.deliveries[0].position <= clock.retired:
        _arrive(kernel)
    else:
        return False
    return True


def _arrive(kernel: Kernel) -> None:
    delivery = heappop(kernel.deliveries)
    _from_parent(kernel, delivery.signal, f"sent at position {delivery.position}")


def _from_parent(kernel: Kernel, signal: int, reason: str) -> None:
    process = kernel.first
    info = SigInfo(signal, kernel.personality.rules.user, process.ppid, process.credentials.uid)
    post(kernel, info, reason, process=process)


def awake(kernel: Kernel, process: Process, thread: Thread) -> bool:
    """Whether a thread's wait is over: a signal came, or its time, or what it waits for."""
    wait = thread.waiting
    if thread.ended:
        return False
    if wait is None or (signals.deliverable(process, thread) and not wait.deaf):
        return True
    if wait.source is not None and wait.source.ready:
        return True
    if wait.until is not None:
        now = timers.used(kernel, process) if wait.processor_time else kernel.clock.now
        if now >= wait.until:
            return True
    return bool((process.pending.set | thread.pending.set) & wait.signals)


def _next_alarm(kernel: Kernel, process: Process) -> int:
    """When a process's real-time timer does something next. One that starts again by itself (not `alarm_waits`) and
    whose signal is ignored, or pending already, would expire for ever while everybody sleeps."""
    rules, running = kernel.personality.rules, process.timers.running
    if timers.REAL not in running:
        return NEVER
    signal = rules.timers[timers.REAL]
    if process.timers.intervals[timers.REAL] and not rules.alarm_waits:
        pending = [process.pending, *(thread.pending for thread in process.threads)]
        ignored = signals.discarded(process.actions[signal], signal, rules)
        if ignored or any(queue.set >> (signal - 1) & 1 for queue in pending):
            return NEVER
    return running[timers.REAL]


def pass_time(kernel: Kernel) -> bool:
    """Everybody sleeps: go on to the next thing that happens. False if nothing will.

    A signal that is to arrive at a position which the sleeper doesn't reach arrives in its sleep.
    """
    soonest = kernel.timed_deliveries[0].time if kernel.timed_deliveries else NEVER
    for process in kernel.processes:
        if process.exit is None:
            soonest = min(soonest, _next_alarm(kernel, process))
            for thread in process.threads if process.stopped is None else ():
                wait = thread.waiting
                if wait is not None and wait.until is not None and not wait.processor_time:
                    soonest = min(soonest, wait.until)
    if soonest < NEVER:
        kernel.clock.skip_to(soonest)
    elif kernel.deliveries:
        _arrive(kernel)
    else:
        return False
    return True
