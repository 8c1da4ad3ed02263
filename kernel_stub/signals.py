"""The machinery of signals, neutral of systems: queues, sending, order of delivery.

Rules as in Linux's kernel/signal.c, which names the functions here in brackets; what differs between
systems is in SignalRules. Signal sets are ints with bit n-1 for signal n.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from kernel_stub.tables import SignalRow

if TYPE_CHECKING:
    from kernel_stub.process import Process, Thread

DEFAULT, IGNORE = 0, 1  # SIG_DFL, SIG_IGN

Fate = Literal["queued", "blocked", "ignored", "coalesced", "lost", "fatal"]
"""What became of a signal when it was sent: it waits for delivery, or for being unblocked; it was ignored;
one of its kind was pending already; the queue was full (EAGAIN); it ends the process at once."""


class Action(NamedTuple):
    """What a process does about a signal: struct k_sigaction. `handler` is 0 and 1 for SIG_DFL, SIG_IGN."""

    handler: int = DEFAULT
    flags: int = 0
    restorer: int = 0
    mask: int = 0


DEFAULT_ACTION = Action()


class SigInfo(NamedTuple):
    """What is known about a signal that was sent. Which of the fields count depends on signal and code.

    `raw` holds the bytes that a process queued by itself (rt_sigqueueinfo), which are delivered as they are.
    `address` is a fault's; None for signals that aren't faults. `status` is what became of a child, as its system
    tells it, and `time` the processor time that it used, in nanoseconds; None for signals that tell of no child.
    """

    signal: int
    code: int = 0
    pid: int = 0
    uid: int = 0
    address: int | None = None
    value: int = 0
    errno: int = 0
    raw: bytes | None = None
    status: int | None = None
    time: int = 0


@dataclass(slots=True)
class Pending:
    """One queue: the set of pending signals, and what is known about them. A signal may be in the set alone
    (SIGKILL, or when the queue was full)."""

    set: int = 0
    queue: dict[int, deque[SigInfo]] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(map(len, self.queue.values()))

    def discard(self, signals: int) -> None:
        """Forget the signals of a set [flush_sigqueue_mask]."""
        if self.set & signals:
            self.set &= ~signals
            for signal in [signal for signal in self.queue if signals >> (signal - 1) & 1]:
                del self.queue[signal]

    def collect(self, signal: int) -> SigInfo | None:
        """Take the oldest one of a signal; None if nothing is known about it [collect_signal]."""
        entries = self.queue.get(signal)
        if entries is None:
            self.set &= ~(1 << (signal - 1))
            return None
        info = entries.popleft()
        if not entries:
            del self.queue[signal]
            self.set &= ~(1 << (signal - 1))
        return info


@dataclass(frozen=True, eq=False, slots=True)
class SignalRules:
    """One system's signals as sets, its SA_ bits and si_codes that shared code needs.

    `first_realtime` is the lowest signal that queues more than once. `user` and `kernel` are the si_code
    of kill and of the kernel itself. `synchronous` are delivered before others. `never_reset` keep their action
    whatever SA_RESETHAND says. `bad_frame` is sent when a handler's frame can't be written, with
    `bad_frame_kills` in any case as one that no handler may run for. With `alarm_waits` the real-time timer goes on
    only when its signal is taken. `timers` are the signals of setitimer's timers, in their order. `child` is SIGCHLD;
    with `tells_of_all` it also comes of children that went on, and of those that nobody is to wait for.
    """

    names: Mapping[int, str]
    kill: int
    stop: int
    cont: int
    segv: int
    synchronous: int
    stops: int
    ignored: int
    cores: int
    unblockable: int
    first_realtime: int
    user: int
    kernel: int
    nodefer: int
    resethand: int
    restart: int
    timers: tuple[int, int, int]
    bad_frame: int
    bad_frame_kills: bool = False
    never_reset: int = 0
    alarm_waits: bool = True
    child: int = 0
    no_child_stop: int = 0
    no_child_wait: int = 0
    tells_of_all: bool = True


def signal_set(numbers: Iterable[int]) -> int:
    """The set of some signals."""
    mask = 0
    for number in numbers:
        mask |= 1 << (number - 1)
    return mask


FAULTS = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGTRAP", "SIGFPE", "SIGSYS")


def signal_rules(
    rows: Iterable[SignalRow],
    flags: Mapping[str, int],
    *,
    first_realtime: int,
    user: int,
    kernel: int,
    synchronous: Iterable[str] = FAULTS,
    never_reset: Iterable[str] = (),
    bad_frame: str = "SIGSEGV",
    bad_frame_kills: bool = False,
    alarm_waits: bool = True,
    tells_of_all: bool = True,
) -> SignalRules:
    """The rules that follow from a signal table and a system's SA_ constants."""
    rows = tuple(rows)
    number = {row.name: row.number for row in rows}

    def acting(action: str) -> int:
        return signal_set(row.number for row in rows if row.action == action)

    return SignalRules(
        names={row.number: row.name for row in rows},
        kill=number["SIGKILL"],
        stop=number["SIGSTOP"],
        cont=number["SIGCONT"],
        segv=number["SIGSEGV"],
        synchronous=signal_set(number[name] for name in synchronous),
        stops=acting("stop"),
        ignored=acting("ignore") | acting("continue"),
        cores=acting("core"),
        unblockable=signal_set((number["SIGKILL"], number["SIGSTOP"])),
        first_realtime=first_realtime,
        user=user,
        kernel=kernel,
        nodefer=flags["SA_NODEFER"],
        resethand=flags["SA_RESETHAND"],
        restart=flags["SA_RESTART"],
        timers=(number["SIGALRM"], number["SIGVTALRM"], number["SIGPROF"]),
        bad_frame=number[bad_frame],
        bad_frame_kills=bad_frame_kills,
        alarm_waits=alarm_waits,
        child=number["SIGCHLD"],
        no_child_stop=flags["SA_NOCLDSTOP"],
        no_child_wait=flags["SA_NOCLDWAIT"],
        tells_of_all=tells_of_all,
        never_reset=signal_set(number[name] for name in never_reset),
    )


def deliverable(process: Process, thread: Thread) -> int:
    """The set of pending signals that the thread does not block [recalc_sigpending]."""
    return (process.pending.set | thread.pending.set) & ~thread.blocked


def discarded(action: Action, signal: int, rules: SignalRules) -> bool:
    """Whether the action is to do nothing [sig_handler_ignored]."""
    if action.handler == DEFAULT:
        return bool(rules.ignored >> (signal - 1) & 1)
    return action.handler == IGNORE


def send(process: Process, thread: Thread | None, info: SigInfo, rules: SignalRules) -> Fate:
    """Send a signal to a thread, or with None to the process as a whole [send_signal_locked].

    A stop signal removes a pending SIGCONT, and the other way round. A "fatal" fate means that the
    caller must end the process now. The process must not be gone.
    """
    signal = info.signal
    bit = 1 << (signal - 1)
    blocked = (thread or process.threads[0]).blocked & bit
    action = process.actions[signal]
    if rules.stops & bit:
        discard(process, 1 << (rules.cont - 1))
    elif signal == rules.cont:
        discard(process, rules.stops)
    if not blocked and discarded(action, signal, rules):
        return "ignored"
    pending = process.pending if thread is None else thread.pending
    if pending.set & bit and signal < rules.first_realtime:
        return "coalesced"
    if signal != rules.kill and not _enqueue(process, pending, info, rules):
        return "lost"
    pending.set |= bit
    if blocked:
        return "blocked"
    if action.handler != DEFAULT or bit & (rules.cores | rules.stops | rules.ignored):
        return "queued"
    return "queued" if process.stopped is not None and signal != rules.kill else "fatal"


def _enqueue(process: Process, pending: Pending, info: SigInfo, rules: SignalRules) -> bool:
    """Keep what is known about a signal, if the queue may grow; False if the signal must not be sent then."""
    realtime = info.signal >= rules.first_realtime
    unlimited = not realtime and info.code >= 0
    if not unlimited and queued(process) >= process.sigpending_limit:
        return not realtime or info.code == rules.user  # the information is lost, the signal isn't
    entries = pending.queue.get(info.signal)
    if entries is None:
        pending.queue[info.signal] = deque((info,))
    else:
        entries.append(info)
    return True


def queued(process: Process) -> int:
    """How many entries the process's queues hold."""
    total = len(process.pending) if process.pending.queue else 0
    for thread in process.threads:
        if thread.pending.queue:
            total += len(thread.pending)
    return total


def discard(process: Process, signals: int) -> None:
    """Forget pending signals of the process and all its threads."""
    process.pending.discard(signals)
    for thread in process.threads:
        thread.pending.discard(signals)


def force(process: Process, thread: Thread, info: SigInfo, rules: SignalRules, *, fatal: bool = False) -> Fate:
    """Send a signal that the thread can't put off: if it is blocked or ignored, or with `fatal`, its action
    becomes the default [force_sig_info_to_task]."""
    bit = 1 << (info.signal - 1)
    action = process.actions[info.signal]
    blocked = thread.blocked & bit
    if blocked or fatal or action.handler == IGNORE:
        process.actions[info.signal] = action._replace(handler=DEFAULT)
        thread.blocked &= ~bit
    return send(process, thread, info, rules)


def take(process: Process, thread: Thread, rules: SignalRules) -> SigInfo | None:
    """Take the signal that is to be delivered next, or None: faults come first [get_signal]."""
    pending = thread.pending
    if pending.set & ~thread.blocked & rules.synchronous:
        for signal, entries in pending.queue.items():
            if rules.synchronous >> (signal - 1) & 1 and entries[0].code > 0:
                return pending.collect(signal)
    return dequeue(process, thread, thread.blocked, rules)


def dequeue(process: Process, thread: Thread, blocked: int, rules: SignalRules) -> SigInfo | None:
    """Take a signal that isn't in `blocked`, or None: first from the thread's own queue, then from the process's;
    in each the lowest number, with those that faults also use before the others [dequeue_signal]."""
    pending = thread.pending
    waiting = pending.set & ~blocked
    if not waiting:
        pending = process.pending
        waiting = pending.set & ~blocked
        if not waiting:
            return None
    waiting = waiting & rules.synchronous or waiting
    signal = (waiting & -waiting).bit_length()
    return pending.collect(signal) or SigInfo(signal, rules.user)


def entered(thread: Thread, signal: int, action: Action, rules: SignalRules) -> None:
    """A handler's frame is written: its mask holds from now on [signal_delivered]."""
    thread.saved_mask = None
    blocked = thread.blocked | action.mask
    if not action.flags & rules.nodefer:
        blocked |= 1 << (signal - 1)
    thread.blocked = blocked & ~rules.unblockable
