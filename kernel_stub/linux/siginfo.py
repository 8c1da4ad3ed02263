"""siginfo_t: what is known about a signal, as 128 bytes, and which member of its union that is.

Source: kernel/signal.c (copy_siginfo_to_user, siginfo_layout, known_siginfo_layout).
"""

from __future__ import annotations

import struct

from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.signals import BY_NAME
from kernel_stub.signals import SigInfo

SIZE = 128
KERNEL_SIZE = 48  # sizeof(kernel_siginfo): what is kept of a siginfo_t; the rest is zero
SI_USER, SI_KERNEL, SI_TKILL, SI_TIMER, SI_SIGIO, SI_DETHREAD, SI_ASYNCNL = (
    CONSTANTS[name]
    for name in ("SI_USER", "SI_KERNEL", "SI_TKILL", "SI_TIMER", "SI_SIGIO", "SI_DETHREAD", "SI_ASYNCNL")
)
NSIGPOLL = 6

# Highest si_code of the signals that have codes of their own, and the union's member for those codes.
OWN_CODES = {
    BY_NAME[name].number: (limit, member)
    for name, limit, member in (
        ("SIGILL", 11, "fault"), ("SIGFPE", 15, "fault"), ("SIGSEGV", 10, "fault"), ("SIGBUS", 5, "fault"),
        ("SIGTRAP", 6, "fault"), ("SIGCHLD", 6, "chld"), ("SIGIO", 6, "poll"), ("SIGSYS", 2, "sys"),
    )
}  # fmt: skip

_FAULT = struct.Struct("<iiixxxxQ104x")
_SENDER = struct.Struct("<iiixxxxiIQ96x")
_CHILD = struct.Struct("<iiixxxxiIixxxxqq80x")
TICK = 10_000_000  # nanoseconds of a clock_t: USER_HZ is 100


def encode(info: SigInfo) -> bytes:
    """The 128 bytes of a siginfo_t."""
    if info.raw is not None:
        return info.raw + bytes(SIZE - KERNEL_SIZE)
    if info.address is not None:
        return _FAULT.pack(info.signal, info.errno, info.code, info.address)
    if info.status is not None:
        head = info.signal, info.errno, info.code, info.pid, info.uid
        return _CHILD.pack(*head, info.status, info.time // TICK, 0)
    return _SENDER.pack(info.signal, info.errno, info.code, info.pid, info.uid, info.value)


def member(signal: int, code: int) -> str:
    """Which member of the union counts: a key of structs.SIGINFOS."""
    if SI_USER < code < SI_KERNEL:
        limit, own = OWN_CODES.get(signal, (0, ""))
        if code <= limit:
            return own
        return "poll" if code <= NSIGPOLL else "kill"
    if code == SI_TIMER:
        return "timer"
    if code == SI_SIGIO:
        return "poll"
    return "rt" if code < 0 else "kill"


def is_known(signal: int, code: int) -> bool:
    """Whether the kernel knows how long the siginfo_t of a signal and code is."""
    if code == SI_KERNEL:
        return True
    if code > SI_USER:
        return code <= OWN_CODES.get(signal, (NSIGPOLL, ""))[0]
    return code >= SI_DETHREAD or code == SI_ASYNCNL
