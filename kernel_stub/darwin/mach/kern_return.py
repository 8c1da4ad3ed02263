"""What Mach traps and MIG routines answer: kern_return_t, mach_msg_return_t and MIG's own codes.

Numbers: Apple's mach/kern_return.h, mach/message.h and mach/mig_errors.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from kernel_stub.kinds import Kind, Values
from kernel_stub.outcomes import Blocked, Results

KERN_SUCCESS = 0
KERN_INVALID_ARGUMENT = 4
KERN_ABORTED = 14
KERN_INVALID_NAME = 15
KERN_INVALID_RIGHT = 17
KERN_INVALID_VALUE = 18
KERN_TERMINATED = 37
KERN_NOT_WAITING = 48
KERN_OPERATION_TIMED_OUT = 49

MACH_SEND_INVALID_DATA = 0x10000002
MACH_SEND_INVALID_DEST = 0x10000003
MACH_SEND_TIMED_OUT = 0x10000004
MACH_SEND_INTERRUPTED = 0x10000007
MACH_SEND_MSG_TOO_SMALL = 0x10000008
MACH_SEND_INVALID_REPLY = 0x10000009
MACH_SEND_INVALID_RIGHT = 0x1000000A
MACH_SEND_INVALID_NOTIFY = 0x1000000B
MACH_SEND_NO_BUFFER = 0x1000000D
MACH_SEND_INVALID_TYPE = 0x1000000F
MACH_SEND_INVALID_HEADER = 0x10000010
MACH_RCV_INVALID_NAME = 0x10004002
MACH_RCV_TIMED_OUT = 0x10004003
MACH_RCV_TOO_LARGE = 0x10004004
MACH_RCV_INTERRUPTED = 0x10004005
MACH_RCV_INVALID_DATA = 0x10004008
MACH_RCV_PORT_DIED = 0x10004009

MIG_TYPE_ERROR = -300
MIG_BAD_ID = -303
MIG_BAD_ARGUMENTS = -304

NAMES: dict[int, str] = {
    value: name for name, value in globals().items() if name.startswith(("KERN_", "MACH_SEND", "MACH_RCV", "MIG_"))
}


@dataclass(frozen=True, slots=True)
class KernReturn(Kind):
    """A code by its name, with the number behind it unless that is 0. `success` is what 0 is called."""

    success: str = "KERN_SUCCESS"

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        if value == 0:
            return self.success
        number = hex(value) if value > 0xFFFF else str(value)
        return f"{NAMES[value]} ({number})" if value in NAMES else number


KERN = KernReturn("kern_return_t %", signed=True, bits=32)
MESSAGE = KernReturn("mach_msg_return_t %", signed=True, bits=32, success="MACH_MSG_SUCCESS")

Code = Annotated[int, KERN]
InterruptibleCode = Annotated[int | Blocked, KERN]
MessageCode = Annotated[int | Blocked | Results, MESSAGE]
