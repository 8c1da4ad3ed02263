"""What a handler may answer besides a value: an error, a sleep, a restart, or that the registers are not
to be touched.

A call that sleeps answers Blocked. It is called again, with the same arguments, when its wait is over or
a signal is pending, and finds the Wait that it answered in `thread.waiting`; then it answers a value, a
Restart (the signal came first), or Blocked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol


class Errno(Exception):
    """Raised by a handler: the call fails with this error. `name` is looked up in the personality's table.

    `simulated` is False where the real system would do something that we don't, so that the trace says so.
    """

    def __init__(self, name: str, *, simulated: bool = True) -> None:
        super().__init__(name)
        self.name = name
        self.simulated = simulated


class Replaced(Enum):
    """Answered by a call that never returns to its caller: nothing is written into the registers.

    ENDED says besides that the thread which made it is gone.
    """

    REPLACED = "?"
    ENDED = "ended"


REPLACED, ENDED = Replaced.REPLACED, Replaced.ENDED


class Results(NamedTuple):
    """A value with something besides: the second result (on Darwin in RDX), or that the real system would have
    done more (see `Errno`)."""

    value: int
    second: int = 0
    simulated: bool = True


class Restart(Enum):
    """A call was cut short by a signal. The names and values are Linux's (include/linux/errno.h), which no guest
    sees; what becomes of the call depends on the handler that runs, if one does. How it reads in a trace is the
    personality's (`restarts`)."""

    ERESTARTSYS = 512  # again if no handler runs, or one with SA_RESTART; else EINTR
    ERESTARTNOINTR = 513  # always again
    ERESTARTNOHAND = 514  # again if no handler runs; else EINTR
    ERESTART_RESTARTBLOCK = 516  # if no handler runs, restart_syscall goes on; else EINTR


class Source(Protocol):
    """What wakes a sleeper: plain data, as it is part of a checkpoint."""

    @property
    def ready(self) -> bool:
        """Whether it is time to look again."""
        ...


@dataclass(eq=False, slots=True)
class Waiter:
    """A place in the queue of a semaphore, a futex: whoever takes it out says with `result` that it is over."""

    result: int | None = None

    @property
    def ready(self) -> bool:
        """See `Source`."""
        return self.result is not None


class Wait(NamedTuple):
    """What a thread sleeps for, besides a signal that is not blocked: `what` says it in words.

    `until` is the clock's time at which it wakes in any case; with `processor_time` the process's own time,
    which stands still while all its threads sleep. `signals` is a set (bit n-1 for signal n) of which one wakes
    it although it is blocked. `source` is a thing that wakes it when it is ready. `spins` stands for an instruction
    that faults again and again without getting anywhere: it isn't asleep, but just as idle. A `deaf` sleeper is
    woken by no signal; one that is fatal ends it all the same.
    """

    what: str
    until: int | None = None
    signals: int = 0
    processor_time: bool = False
    source: Source | None = None
    spins: bool = False
    deaf: bool = False


class Blocked(NamedTuple):
    """The caller sleeps."""

    wait: Wait


Outcome = int | Results | Replaced | Restart | Blocked
