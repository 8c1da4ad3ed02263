"""Argument kinds of Linux's calls about time. The texts are strace's."""

from __future__ import annotations

from typing import Annotated

from kernel_stub.flags import Flags, named
from kernel_stub.kinds import INT, LONG, UNSIGNED, Choice, Kind, Pointer, Values, pointer_text
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.time_structs import ITIMERVAL, TIME, TIMESPEC, TIMEVAL, TIMEZONE
from kernel_stub.outcomes import Blocked, Restart
from kernel_stub.struct_kinds import InStruct, OutStruct

_CLOCKS = tuple((name, value) for name, value in CONSTANTS.items() if name.startswith("CLOCK_"))
_TIMERS = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")


def dated(seconds: int) -> str:
    """Seconds since 1970 as `2008-12-01T00:00:00+0000`."""
    from datetime import UTC, datetime, timedelta

    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S+0000")


class TimeResult(Kind):
    """Seconds since 1970 as a result."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return f"{value} ({dated(value)})"


class OutTime(OutStruct):
    """Seconds since 1970 in memory."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if not value or not data:
            return pointer_text(value)
        seconds = int.from_bytes(data, "little", signed=True)
        return f"[{seconds} /* {dated(seconds)} */]"


ClockId = Annotated[int, Choice("clockid_t %", signed=True, bits=32, unknown="CLOCK_???", names=_CLOCKS)]
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
TimePointer = Annotated[int, OutTime("time_t *%", layout=TIME)]
Seconds = Annotated[int, UNSIGNED]
Time = Annotated[int, TimeResult("time_t %", signed=True)]
Continued = Annotated[int | Blocked | Restart, LONG]  # the result of whichever call is continued
Sleep = Annotated[int | Blocked | Restart, INT]
