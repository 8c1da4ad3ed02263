"""How Darwin sends a signal: to one thread, chosen when it is sent; ignored ones are dropped even if blocked.

A pending signal is a bit in the thread's set and nothing else. Who sent it is kept once in the process, and only
if a handler is ready for the signal: the last sender overwrites the others, and a signal that was blocked when
it was sent tells no sender.

Source: bsd/kern/kern_sig.c (psignal_internal, threadsignal, setsigvec).
"""

from __future__ import annotations

from collections import deque

from kernel_stub.darwin.signals import BY_NAME
from kernel_stub.process import Process, Thread
from kernel_stub.signals import DEFAULT, IGNORE, Action, Fate, SigInfo, SignalRules

SIGCHLD = BY_NAME["SIGCHLD"].number


def ignored(action: Action, signal: int, rules: SignalRules) -> bool:
    """Whether the signal is dropped when it is sent (proc: p_sigignore). SIGCONT never is."""
    if signal == rules.cont:
        return False
    return action.handler == IGNORE or (action.handler == DEFAULT and bool(rules.ignored >> (signal - 1) & 1))


def send(process: Process, thread: Thread | None, info: SigInfo, rules: SignalRules) -> Fate:
    """Send a signal to a thread, or with None to the process [psignal_internal].

    A "fatal" fate means that the caller must end the process now. The process must not be gone.
    """
    signal = info.signal
    bit = 1 << (signal - 1)
    action = process.actions[signal]
    if info.status is not None:
        process.child = info
    if ignored(action, signal, rules):
        return "ignored"
    target = thread or choose(process, bit)
    pending = target.pending
    if signal == rules.cont:
        pending.discard(rules.stops)
    if bit & rules.stops:
        pending.discard(1 << (rules.cont - 1))
    coalesced = pending.set & bit
    pending.set |= bit
    pending.queue[signal] = deque((info,))
    if waits_for(target, bit):
        return "queued"
    if target.blocked & bit:
        return "coalesced" if coalesced else "blocked"
    if action.handler not in (DEFAULT, IGNORE):
        if signal != SIGCHLD:
            process.sender = info
        return "coalesced" if coalesced else "queued"
    if signal == rules.cont:
        pending.discard(bit)
        return "ignored"
    if signal != rules.kill and (bit & (rules.cores | rules.stops) or process.stopped is not None):
        return "queued"
    return "fatal"


def choose(process: Process, bit: int) -> Thread:
    """The first thread that would take the signal, or the first one [get_signalthread]."""
    for thread in process.threads:
        if not thread.blocked & bit or waits_for(thread, bit):
            return thread
    return process.threads[0]


def waits_for(thread: Thread, bit: int) -> bool:
    """Whether the thread sleeps in sigwait for the signal (uthread: uu_sigwait)."""
    return thread.waiting is not None and bool(thread.waiting.signals & bit)


def force(process: Process, thread: Thread, info: SigInfo, rules: SignalRules, *, fatal: bool = False) -> Fate:
    """Send the running thread an exception's signal; only with `fatal` it gets through in any case [sendsig]."""
    if fatal:
        process.actions[info.signal] = process.actions[info.signal]._replace(handler=DEFAULT)
        thread.blocked &= ~(1 << (info.signal - 1))
    return send(process, thread, info, rules)
