"""Argument kinds of Linux's calls about time. The texts are strace's."""

from __future__ import annotations

from typing import Annotated

from kernel_stub.flags import Flags, named
from kernel_stub.kinds import INT, LONG, UNSIGNED, Choice, Kind, Pointer, Values
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.time_structs import ITIMERVAL, TIMESPEC, TIMEVAL, TIMEZONE
from kernel_stub.outcomes import Blocked, Restart
from kernel_stub.struct_kinds import InStruct, OutStruct

PER_THREAD, PROFILING, VIRTUAL, SCHEDULER, DESCRIPTOR = 4, 0, 1, 2, 3
_CPU_CLOCKS = {PROFILING: "CPUCLOCK_PROF", VIRTUAL: "CPUCLOCK_VIRT", SCHEDULER: "CPUCLOCK_SCHED"}
_CLOCKS = tuple(
    (name, value) for name, value in CONSTANTS.items() if name.startswith("CLOCK_") and name != "CLOCK_SGI_CYCLE"
)
_TIMERS = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")


class Clock(Choice):
    """A clock's number: one that has a name, or (below zero) the processor time of a process or thread."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if value >= 0:
            return Choice.text(self, value, values, data)
        what, whose = value & 3, ~(value >> 3)
        if what == DESCRIPTOR:
            return f"FD_TO_CLOCKID({whose})" if value & 7 == DESCRIPTOR else f"{value & 0xFFFF_FFFF:#x} /* CLOCK_??? */"
        return f"MAKE_{'THREAD' if value & PER_THREAD else 'PROCESS'}_CPUCLOCK({whose}, {_CPU_CLOCKS[what]})"


ClockId = Annotated[int, Clock("clockid_t %", signed=True, bits=32, unknown="CLOCK_???", names=_CLOCKS)]
SleepFlags = Annotated[
    int, Flags("int %", signed=True, unknown="TIMER_???", names=named(CONSTANTS, "TIMER_ABSTIME"))
]
Which = Annotated[
    int, Choice("int %", signed=True, bits=32, unknown="ITIMER_???", names=named(CONSTANTS, *_TIMERS))
]
InTimespec = Annotated[int, InStruct("const struct timespec *%", layout=TIMESPEC)]
OutTimespec = Annotated[int, OutStruct("struct timespec *%", layout=TIMESPEC)]
Remaining = Annotated[int, Pointer("struct timespec *%")]
OutTimeval = Annotated[int, OutStruct("struct timeval *%", layout=TIMEVAL)]
OutTimezone = Annotated[int, OutStruct("struct timezone *%", layout=TIMEZONE)]
InItimerval = Annotated[int, InStruct("const struct itimerval *%", layout=ITIMERVAL)]
OutItimerval = Annotated[int, OutStruct("struct itimerval *%", layout=ITIMERVAL)]
TimePointer = Annotated[int, Pointer("time_t *%")]
Seconds = Annotated[int, UNSIGNED]
Time = Annotated[int, Kind("time_t %", signed=True)]
Continued = Annotated[int | Blocked | Restart, LONG]  # the result of whichever call is continued
Sleep = Annotated[int | Blocked | Restart, INT]
