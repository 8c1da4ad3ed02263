"""Argument kinds of Linux's poll and select calls. The texts are strace's."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Annotated

from kernel_stub.cpu import Memory
from kernel_stub.flags import Flags, named
from kernel_stub.kinds import Kind, Values, peek, pointer_text
from kernel_stub.layout import Layout
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.kinds import SET_SIZE, set_text
from kernel_stub.linux.time_structs import TIMESPEC, TIMEVAL
from kernel_stub.outcomes import Blocked, Restart
from kernel_stub.select_kinds import FdSet, SelectResult, left_bytes
from kernel_stub.struct_kinds import InStruct, spell

POLLFD = struct.Struct("<iHH")  # fd, events, revents
MOST = 32  # of a list, in a trace line

EVENTS = Flags(
    "short %",
    bits=16,
    unknown="POLL???",
    names=named(
        CONSTANTS, "POLLIN", "POLLPRI", "POLLOUT", "POLLRDNORM", "POLLWRNORM", "POLLRDBAND", "POLLWRBAND", "POLLERR",
        "POLLHUP", "POLLNVAL", "POLLMSG", "POLLREMOVE", "POLLRDHUP",
    ),
)  # fmt: skip


def _listed(items: list[str], more: bool) -> str:
    return "[" + ", ".join([*items, *["..."] * more]) + "]"


class PollFds(Kind):
    """A list of descriptors and what is asked of them."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if not value or data is None:
            return pointer_text(value)
        rows = [
            f"{{fd={fd}, events={EVENTS.spell(events)}}}" if fd >= 0 else f"{{fd={fd}}}"
            for fd, events, _ in POLLFD.iter_unpack(data)
        ]
        return _listed(rows, values["nfds"] > MOST)

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        size = POLLFD.size * min(values["nfds"], MOST)
        return peek(memory, value, size, size)


@dataclass(frozen=True, slots=True)
class PollResult(Kind):
    """How many descriptors are ready, and for what; with `timeout` (an argument's name) also the time left."""

    timeout: str = ""

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if value <= 0 or data is None:
            return "0 (Timeout)" if value == 0 else str(value)
        size = POLLFD.size * values["nfds"]
        rows = [
            f"{{fd={fd}, revents={EVENTS.spell(revents)}}}"
            for fd, _, revents in POLLFD.iter_unpack(data[:size])
            if revents
        ]
        time = f", left {spell(TIMESPEC, data[size:])}" if data[size:] else ""
        return f"{value} ({_listed(rows[:MOST], len(rows) > MOST)}{time})"

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        size = POLLFD.size * values["nfds"]
        rows = peek(memory, values["fds"], size, size)
        left = TIMESPEC if self.timeout else None
        return rows + left_bytes(memory, left, values.get(self.timeout, 0)) if rows is not None else None


class PackedSet(Kind):
    """A signal set as pselect6 takes it: the address of its address and size."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if not value or data is None:
            return pointer_text(value)
        address, size = struct.unpack_from("<2Q", data)
        return f"{{sigmask={set_text(data[16:]) if data[16:] else pointer_text(address)}, sigsetsize={size}}}"

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        packed = peek(memory, value, 16) if value else None
        if packed is None:
            return None
        address, size = struct.unpack("<2Q", packed)
        members = peek(memory, address, SET_SIZE) if address and size == SET_SIZE else None
        return packed + (members or b"")


def _selected(left: Layout) -> SelectResult:
    sets = ("readfds", "writefds", "exceptfds")
    return SelectResult("int %", signed=True, bits=32, sets=sets, timeout="timeout", left=left)


Fds = Annotated[int, PollFds("struct pollfd *%")]
Count = Annotated[int, Kind("unsigned int %", bits=32)]
Descriptors = Annotated[int, FdSet("fd_set *%")]
Packed = Annotated[int, PackedSet("void *%")]
InTimeval = Annotated[int, InStruct("struct timeval *%", layout=TIMEVAL)]
Polled = Annotated[int | Blocked | Restart, PollResult("int %", signed=True, bits=32)]
PolledLeft = Annotated[int | Blocked | Restart, PollResult("int %", signed=True, bits=32, timeout="tmo_p")]
Selected = Annotated[int | Blocked | Restart, _selected(TIMEVAL)]
SelectedLeft = Annotated[int | Blocked | Restart, _selected(TIMESPEC)]
