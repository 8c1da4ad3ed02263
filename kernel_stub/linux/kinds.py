"""Argument kinds of Linux's signal calls: signals by name, signal sets, and the structs behind pointers.

The texts are strace's; tests/oracle/test_linux_signal_lines.py holds them against it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Annotated

from kernel_stub.cpu import Memory
from kernel_stub.flags import Flags, named
from kernel_stub.kinds import Choice, Kind, Values, peek, pointer_text
from kernel_stub.linux import siginfo
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.errno import BY_NUMBER as ERRNOS
from kernel_stub.linux.signals import BY_NUMBER
from kernel_stub.linux.structs import SIGACTION, SIGINFOS, STACK

SET_SIZE = 8
SA_RESTORER = CONSTANTS["SA_RESTORER"]
SA_INTERRUPT = 0x2000_0000  # means nothing to Linux, and has a name all the same
HANDLERS = {0: "SIG_DFL", 1: "SIG_IGN"}

ACTION_FLAGS = Flags(
    "unsigned long %",
    bits=64,
    unknown="SA_???",
    names=(
        *named(CONSTANTS, "SA_RESTORER", "SA_ONSTACK", "SA_RESTART"),
        ("SA_INTERRUPT", SA_INTERRUPT),
        *named(CONSTANTS, "SA_NODEFER", "SA_RESETHAND", "SA_SIGINFO", "SA_NOCLDSTOP", "SA_NOCLDWAIT"),
    ),
)
STACK_FLAGS = Flags(
    "int %", unknown="SS_???", names=named(CONSTANTS, "SS_ONSTACK", "SS_DISABLE", "SS_AUTODISARM")
)
ANY_CODES = ("SI_USER", "SI_KERNEL", "SI_QUEUE", "SI_TIMER", "SI_MESGQ", "SI_ASYNCIO", "SI_SIGIO", "SI_TKILL",
             "SI_DETHREAD", "SI_ASYNCNL")  # fmt: skip
CODES = {CONSTANTS[name]: name for name in ANY_CODES}


def signal_name(number: int) -> str:
    """`SIGUSR1`, or the number where there is no such signal."""
    return BY_NUMBER[number].name if number in BY_NUMBER else str(number)


def set_text(data: bytes) -> str:
    """`[USR1 CHLD]`, or `~[KILL STOP]` for a set that lacks few of the signals that its bytes have room for."""
    bits, room = int.from_bytes(data, "little"), 8 * len(data)
    inverted = bits.bit_count() >= room * 2 // 3
    if inverted:
        bits ^= (1 << room) - 1
    names = (signal_name(number).removeprefix("SIG") for number in range(1, room + 1) if bits >> (number - 1) & 1)
    return "~" * inverted + "[" + " ".join(names) + "]"


def action_text(data: bytes) -> str:
    """`{sa_handler=0x401000, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=0x402000}`."""
    handler, flags, restorer, mask = SIGACTION.whole.codec.unpack(data)
    text = f"{{sa_handler={HANDLERS.get(handler) or hex(handler)}, sa_mask={set_text(mask.to_bytes(8, 'little'))}"
    text += f", sa_flags={ACTION_FLAGS.spell(flags)}"
    return text + (f", sa_restorer={pointer_text(restorer)}" if flags & SA_RESTORER else "") + "}"


def stack_text(data: bytes) -> str:
    """`{ss_sp=0x1000, ss_flags=0, ss_size=8192}`."""
    address, flags, size = STACK.whole.codec.unpack(data)
    return f"{{ss_sp={pointer_text(address)}, ss_flags={STACK_FLAGS.spell(flags)}, ss_size={size}}}"


def info_text(data: bytes) -> str:
    """`{si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=55, si_uid=66, si_int=77, si_ptr=0x4d}`."""
    signal, errno, code = struct.unpack_from("<iii", data)
    if not signal:
        return "{}"
    parts = [f"si_signo={signal_name(signal)}", f"si_code={code_name(signal, code)}"]
    if errno:
        parts.append(f"si_errno={ERRNOS[errno].name if errno in ERRNOS else errno}")
    member = siginfo.member(signal, code)
    layout = SIGINFOS[member]
    for path in SHOWN[member]:
        field = layout.fields[path]
        value = int.from_bytes(data[field.offset : field.offset + field.size], "little", signed=field.signed)
        if path == "si_value" and not value:
            continue
        if path == "si_value":
            integer = value & 0x7FFF_FFFF | -(value & 0x8000_0000)
            parts.append(f"si_int={integer}, si_ptr={pointer_text(value)}")
        elif path == "si_status" and code != CONSTANTS["CLD_EXITED"]:
            parts.append(f"si_status={signal_name(value)}")
        elif path in TIMES and value:
            parts.append(f"{path}={value} /* {value // 100}.{value % 100:02} s */")
        else:
            parts.append(f"{path}={pointer_text(value) if path in POINTERS else value}")
    return "{" + ", ".join(parts) + "}"


SHOWN = {
    "kill": ("si_pid", "si_uid"),
    "rt": ("si_pid", "si_uid", "si_value"),
    "fault": ("si_addr",),
    "timer": ("si_tid", "si_overrun", "si_value"),
    "chld": ("si_pid", "si_uid", "si_status", "si_utime", "si_stime"),
    "poll": ("si_band", "si_fd"),
    "sys": ("si_call_addr", "si_syscall", "si_arch"),
}
POINTERS = ("si_addr", "si_call_addr")
TIMES = ("si_utime", "si_stime")  # in hundredths of a second


def code_name(signal: int, code: int) -> str:
    """`SI_USER`, `SEGV_MAPERR`, or a number."""
    prefixes = {4: "ILL_", 5: "TRAP_", 7: "BUS_", 8: "FPE_", 11: "SEGV_", 17: "CLD_", 29: "POLL_"}
    if code in CODES:
        return CODES[code]
    prefix = prefixes.get(signal)
    own = (name for name, value in CONSTANTS.items() if prefix and name.startswith(prefix) and value == code)
    return next(own, hex(code & 0xFFFF_FFFF))


class SignalNumber(Kind):
    """A signal by its name."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return signal_name(value)


class InSet(Kind):
    """A signal set that the kernel reads, if its size is right."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return set_text(data) if value and data else pointer_text(value)

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        return peek(memory, value, SET_SIZE) if values["sigsetsize"] == SET_SIZE else None


class OutSet(InSet):
    """A signal set that the kernel writes, of `sigsetsize` bytes."""

    __slots__ = ()

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        return None

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return peek(memory, value, values["sigsetsize"])


@dataclass(frozen=True, slots=True)
class InRecord(Kind):
    """A struct that the kernel reads; `kind` says which."""

    kind: str = "stack"

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return RECORDS[self.kind][1](data) if value and data else pointer_text(value)

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        size = RECORDS[self.kind][0]
        return peek(memory, value, size, size)


class OutRecord(InRecord):
    """A struct that the kernel writes."""

    __slots__ = ()

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        return None

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return InRecord.before(self, memory, value, values)


RECORDS = {
    "stack": (STACK.size, stack_text),
    "action": (SIGACTION.size, action_text),
    "info": (siginfo.KERNEL_SIZE, info_text),
}

NewStack = Annotated[int, InRecord("const stack_t *%")]
OldStack = Annotated[int, OutRecord("stack_t *%")]
NewAction = Annotated[int, InRecord("const struct sigaction *%", kind="action")]
OldAction = Annotated[int, OutRecord("struct sigaction *%", kind="action")]
NewSet = Annotated[int, InSet("const sigset_t *%")]
OldSet = Annotated[int, OutSet("sigset_t *%")]
NewInfo = Annotated[int, InRecord("siginfo_t *%", kind="info")]
SigInfoPointer = Annotated[int, OutRecord("siginfo_t *%", kind="info")]
How = Annotated[
    int,
    Choice(
        "int %", signed=True, bits=32, unknown="SIG_???",
        names=named(CONSTANTS, "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK"),
    ),
]  # fmt: skip
Signal = Annotated[int, SignalNumber("int %", signed=True, bits=32)]
Pid = Annotated[int, Kind("pid_t %", signed=True, bits=32)]
