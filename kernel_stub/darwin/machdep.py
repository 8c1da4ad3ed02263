"""Darwin's machine-dependent calls, which are a class of their own: where a thread's own storage is.

A number that there isn't answers KERN_INVALID_ARGUMENT and no signal comes; the carry flag and RDX mean nothing.
Of seven numbers this one has a call; later kernels have the LDT's at 5 and 6.

Source: osfmk/i386/machdep_call.c (machdep_call_table64), osfmk/i386/bsd_i386.c (machdep_syscall64).
"""

from __future__ import annotations

from typing import Annotated

from kernel_stub.darwin.abi import MACHDEP, USER_LIMIT
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Hexadecimal
from kernel_stub.syscalls import Row

MACHDEP_CALLS: dict[int, str] = {3: "thread_fast_set_cthread_self64"}
NUMBERS: dict[str, int] = {name: number for number, name in MACHDEP_CALLS.items()}
USER_CTHREAD = 0x0F  # osfmk/i386/seg.h, of a 64-bit kernel

Selector = Annotated[int, Hexadecimal("kern_return_t %", bits=32)]


def thread_fast_set_cthread_self64(kernel: Kernel, self: Address) -> Selector:
    """Set the base of GS, where a thread's own storage is; no user address counts as 0.

    The answer is the selector that 32-bit programs have to load into GS.
    """
    kernel.registers.gs_base = self if self < USER_LIMIT else 0
    return USER_CTHREAD


ROWS = (
    Row(
        MACHDEP | 3, "thread_fast_set_cthread_self64", thread_fast_set_cthread_self64, "pthread_self(3)",
        "osfmk/i386/bsd_i386.c:thread_fast_set_cthread_self64", errno=False,
    ),
)  # fmt: skip
