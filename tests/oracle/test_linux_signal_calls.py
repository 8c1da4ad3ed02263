"""The signal calls on the host's kernel and on ours: equal results, equal memory, equal end.

Each case is a sequence of raw calls. A forked child makes them natively with every signal at its default and
nothing blocked; our kernel makes them on a memory with the same pages. Handlers are addresses that nobody jumps
to: the signals stay blocked, are ignored, or end the process. What the host answers is what we must answer.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import random
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from kernel_stub.cpu import Protection, Registers
from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory
from kernel_stub.process import AltStack, Credentials, Neighbour

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)

BASE = 0x0000_2A10_0000_0000
RW, HOLE, RO = BASE, BASE + 2 * PAGE, BASE + 3 * PAGE
A, B, C, OUT = RW, RW + 0x100, RW + 0x200, RW + 0x1000
STACK = 0x7FFF_0000_0000
KERNEL_HALF = 0xFFFF_8000_0000_0000
PID, PARENT = "pid", "ppid"  # stand for the child's and its parent's id in a call
MASK = (1 << 64) - 1

SA_NOCLDSTOP, SA_SIGINFO, SA_UNSUPPORTED, SA_EXPOSE_TAGBITS, SA_RESTORER = 1, 4, 0x400, 0x800, 0x4000000
SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK = 0, 1, 2
HUP, KILL, USR1, SEGV, USR2, TERM, CHLD, CONT, STOP, TSTP, RT = 1, 9, 10, 11, 12, 15, 17, 18, 19, 20, 34
ALL = MASK
SI_QUEUE, SI_TIMER, SI_MESGQ, SI_TKILL, SI_KERNEL, SI_ASYNCNL = -1, -2, -3, -6, 0x80, -60
AUTODISARM = 0x8000_0000

Call = tuple[str, *tuple[int | str, ...]]


def sigaction(handler: int, flags: int = 0, restorer: int = 0, mask: int = 0) -> bytes:
    return struct.pack("<4Q", handler, flags, restorer, mask)


def sigset(*signals: int) -> bytes:
    return sum(1 << (number - 1) for number in signals).to_bytes(8, "little")


def stack(address: int, flags: int, size: int) -> bytes:
    return struct.pack("<QIIQ", address, flags, 0xEEEE, size)


def siginfo(
    code: int, *, signo: int = 99, errno: int = 5, body: bytes = b"\x11" * 32, rest: bytes = bytes(80)
) -> bytes:
    return struct.pack("<iii4x", signo, errno, code) + body + rest


@dataclass(frozen=True)
class Case:
    """Calls in order, and what lies in memory (address, bytes) before the first."""

    calls: tuple[Call, ...]
    memory: tuple[tuple[int, bytes], ...] = ()
    queue: int = 64  # RLIMIT_SIGPENDING


@dataclass
class Run:
    """A result for each call, the two writable pages, and the signal that killed or stopped it."""

    results: list[int] = field(default_factory=list)
    memory: bytes = b""
    end: tuple[str, int] | None = None


def case(*calls: Call, at: dict[int, bytes] | None = None, queue: int = 64) -> Case:
    return Case(calls, tuple((at or {}).items()), queue)


BLOCK_A = ("rt_sigprocmask", SIG_BLOCK, A, 0, 8)
UNBLOCK_A = ("rt_sigprocmask", SIG_UNBLOCK, A, 0, 8)
PENDING = ("rt_sigpending", OUT, 8)
PENDING2 = ("rt_sigpending", OUT + 64, 8)
ODD = sigaction(0x1234, MASK, 0x5678, MASK)

CASES = {
    # rt_sigaction
    "sigaction keeps what it knows": case(
        ("rt_sigaction", USR1, A, 0, 8), ("rt_sigaction", USR1, 0, OUT, 8), at={A: ODD}
    ),
    **{
        f"sigaction flag bit {bit}": case(
            ("rt_sigaction", USR1, A, 0, 8), ("rt_sigaction", USR1, 0, OUT, 8), at={A: sigaction(7, 1 << bit)}
        )
        for bit in (*range(0, 13), 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 63)
    },
    "sigaction tells the old one": case(
        ("rt_sigaction", USR1, A, OUT, 8),
        ("rt_sigaction", USR1, B, OUT + 32, 8),
        ("rt_sigaction", USR1, 0, OUT + 64, 8),
        at={A: sigaction(5, SA_SIGINFO, 9, 3), B: sigaction(1)},
    ),
    "sigaction in place": case(("rt_sigaction", USR1, A, A, 8), ("rt_sigaction", USR1, 0, OUT, 8), at={A: ODD}),
    **{
        f"sigaction with a set of {size}": case(("rt_sigaction", USR1, A, 0, size))
        for size in (0, 4, 7, 16, 1 << 32 | 8)
    },
    **{
        f"sigaction of signal {number}": case(
            ("rt_sigaction", number, A, 0, 8), ("rt_sigaction", number, 0, OUT, 8), at={A: sigaction(0x77)}
        )
        for number in (-1, 0, 1, KILL, STOP, 31, 32, 33, 64, 65, 1 << 32, 1 << 32 | USR1)
    },
    "sigaction reads before it judges": case(
        ("rt_sigaction", 99, HOLE, 0, 8),
        ("rt_sigaction", KILL, HOLE, 0, 8),
        ("rt_sigaction", 99, HOLE, 0, 4),
        ("rt_sigaction", 99, 0, HOLE, 8),
    ),
    "sigaction takes effect before EFAULT": case(
        ("rt_sigaction", USR1, A, HOLE, 8), ("rt_sigaction", USR1, 0, OUT, 8), at={A: sigaction(0x77)}
    ),
    "sigaction to a read-only page": case(("rt_sigaction", USR1, RO, RO, 8)),
    "sigaction half outside": case(
        ("rt_sigaction", USR1, HOLE - 16, 0, 8),
        ("rt_sigaction", USR1, 0, HOLE - 16, 8),
        ("rt_sigaction", USR1, KERNEL_HALF, 0, 8),
    ),
    "SIG_IGN discards pending": case(
        BLOCK_A,
        ("kill", PID, USR1),
        PENDING,
        ("rt_sigaction", USR1, B, 0, 8),
        PENDING2,
        UNBLOCK_A,
        at={A: sigset(USR1), B: sigaction(1)},
    ),
    "SIG_DFL discards pending SIGCHLD": case(
        ("rt_sigaction", CHLD, C, 0, 8),
        BLOCK_A,
        ("kill", PID, CHLD),
        ("tgkill", PID, PID, CHLD),
        PENDING,
        ("rt_sigaction", CHLD, B, 0, 8),
        PENDING2,
        at={A: sigset(CHLD), B: sigaction(0), C: sigaction(0x77)},
    ),
    "a handler doesn't discard": case(
        BLOCK_A,
        ("kill", PID, CHLD),
        ("rt_sigaction", CHLD, B, 0, 8),
        PENDING,
        at={A: sigset(CHLD), B: sigaction(0x77)},
    ),
    # rt_sigprocmask
    "procmask block, unblock, set": case(
        BLOCK_A,
        ("rt_sigprocmask", SIG_UNBLOCK, B, OUT, 8),
        ("rt_sigprocmask", SIG_SETMASK, C, OUT + 8, 8),
        ("rt_sigprocmask", 77, 0, OUT + 16, 8),
        at={A: sigset(1, 2, 3, 40), B: sigset(2, 40), C: sigset(64)},
    ),
    "procmask never blocks SIGKILL and SIGSTOP": case(
        BLOCK_A, ("rt_sigprocmask", SIG_BLOCK, 0, OUT, 8), at={A: b"\xff" * 8}
    ),
    "procmask with an unknown how": case(("rt_sigprocmask", 3, A, OUT, 8), ("rt_sigprocmask", -1, A, 0, 8)),
    "procmask with an unknown how and no set": case(("rt_sigprocmask", 3, 0, OUT, 8)),
    "procmask how is an int": case(
        ("rt_sigprocmask", 1 << 32 | SIG_SETMASK, A, 0, 8), ("rt_sigprocmask", 0, 0, OUT, 8), at={A: sigset(5)}
    ),
    **{f"procmask with a set of {size}": case(("rt_sigprocmask", 0, A, OUT, size)) for size in (0, 4, 16)},
    "procmask reads before it judges": case(
        ("rt_sigprocmask", 3, HOLE, 0, 8), ("rt_sigprocmask", 3, HOLE, HOLE, 4)
    ),
    "procmask takes effect before EFAULT": case(
        ("rt_sigprocmask", SIG_BLOCK, A, RO, 8), ("rt_sigprocmask", 0, 0, OUT, 8), at={A: sigset(USR1)}
    ),
    # rt_sigpending
    "nothing is pending": case(PENDING),
    **{
        f"pending in {size} bytes": case(
            BLOCK_A, ("kill", PID, USR1), ("kill", PID, 40), ("rt_sigpending", OUT, size), at={A: b"\xff" * 8}
        )
        for size in (0, 1, 2, 5, 8, 9, 1 << 32)
    },
    "pending to nowhere": case(
        ("rt_sigpending", HOLE, 8), ("rt_sigpending", HOLE, 0), ("rt_sigpending", RO, 8), ("rt_sigpending", HOLE, 9)
    ),
    "pending of both queues": case(
        BLOCK_A, ("kill", PID, USR1), ("tkill", PID, USR2), ("tgkill", PID, PID, RT), PENDING, at={A: b"\xff" * 8}
    ),
    # kill and its like
    **{
        f"kill self with {number}": case(("kill", PID, number), PENDING)
        for number in (0, -1, 65, 99, CHLD, 23, 28, CONT, 1 << 32 | 0)
    },
    **{
        f"kill self with fatal {number}": case(("kill", PID, number), PENDING)
        for number in (1, 2, 3, 4, 6, 8, 9, 10, 11, 14, 15, 16, 24, 25, 26, 29, 30, 31, 32, 33, 64)
    },
    "kill a pid that isn't": case(
        ("kill", 0x3FFFFFFF, 0),
        ("kill", 0x3FFFFFFF, 99),
        ("tkill", 0x3FFFFFFF, 0),
        ("tgkill", 0x3FFFFFFF, PID, 0),
        ("tgkill", PID, 0x3FFFFFFF, 0),
    ),
    "kill a group that isn't": case(("kill", -0x3FFFFFFF, 0), ("kill", -0x3FFFFFFF, 99), ("kill", -(1 << 31), 0)),
    "kill the own group": case(
        BLOCK_A, ("kill", 0, USR1), PENDING, ("kill", 0, 0), ("kill", 0, 99), at={A: sigset(USR1)}
    ),
    "tkill bad ids": case(
        ("tkill", 0, 0), ("tkill", -1, 0), ("tkill", PID, 99), ("tkill", PID, -1), ("tkill", -1, 99)
    ),
    "tgkill bad ids": case(
        ("tgkill", 0, PID, 0),
        ("tgkill", PID, 0, 0),
        ("tgkill", -1, PID, 0),
        ("tgkill", PID, -5, 0),
        ("tgkill", PID, PID, 65),
        ("tgkill", PARENT, PID, 0),
        ("tgkill", PID, PARENT, 0),
    ),
    "tgkill the parent, asking only": case(
        ("tgkill", PARENT, PARENT, 0), ("tkill", PARENT, 0), ("kill", PARENT, 0), ("kill", PARENT, 99)
    ),
    "tgkill a fatal one": case(
        ("tgkill", PID, PID, TERM),
    ),
    "ignored by default": case(BLOCK_A, ("kill", PID, 28), ("kill", PID, 23), PENDING, at={A: sigset(28)}),
    "ignored by action": case(
        ("rt_sigaction", USR1, A, 0, 8), ("kill", PID, USR1), PENDING, BLOCK_A, at={A: sigaction(1)}
    ),
    "blocked and ignored stays pending": case(
        ("rt_sigaction", USR1, A, 0, 8),
        ("rt_sigprocmask", 0, B, 0, 8),
        ("kill", PID, USR1),
        PENDING,
        ("rt_sigprocmask", 1, B, 0, 8),
        PENDING2,
        at={A: sigaction(1), B: sigset(USR1)},
    ),
    "SIGCONT removes pending stops": case(
        BLOCK_A,
        ("kill", PID, TSTP),
        ("kill", PID, 21),
        ("tkill", PID, 22),
        PENDING,
        ("kill", PID, CONT),
        PENDING2,
        at={A: b"\xff" * 8},
    ),
    "a stop removes pending SIGCONT": case(
        BLOCK_A, ("kill", PID, CONT), PENDING, ("tkill", PID, TSTP), PENDING2, at={A: b"\xff" * 8}
    ),
    "a pending fatal one ends it when unblocked": case(
        BLOCK_A, ("kill", PID, USR1), PENDING, UNBLOCK_A, PENDING2, at={A: sigset(USR1)}
    ),
    "the lowest number decides": case(
        BLOCK_A, ("kill", PID, USR2), ("kill", PID, USR1), UNBLOCK_A, at={A: b"\xff" * 8}
    ),
    "a synchronous one decides": case(
        BLOCK_A, ("kill", PID, HUP), ("kill", PID, SEGV), UNBLOCK_A, at={A: b"\xff" * 8}
    ),
    "the thread's queue decides": case(
        BLOCK_A, ("kill", PID, HUP), ("tkill", PID, TERM), UNBLOCK_A, at={A: b"\xff" * 8}
    ),
    "SIGKILL decides": case(BLOCK_A, ("kill", PID, HUP), ("kill", PID, KILL), at={A: b"\xff" * 8}),
    # rt_sigqueueinfo
    **{
        f"sigqueueinfo to self with code {code}": case(
            BLOCK_A, ("rt_sigqueueinfo", PID, USR1, B), PENDING, at={A: sigset(USR1), B: siginfo(code)}
        )
        for code in (
            SI_QUEUE,
            0,
            1,
            5,
            6,
            7,
            SI_TKILL,
            SI_TIMER,
            -5,
            -7,
            -8,
            SI_KERNEL,
            SI_ASYNCNL,
            -61,
            -(1 << 31),
            1 << 30,
        )
    },
    **{
        f"sigqueueinfo of unknown layout with code {code}, signal {number}": case(
            BLOCK_A,
            ("rt_sigqueueinfo", PID, number, B),
            PENDING,
            at={A: b"\xff" * 8, B: siginfo(code, rest=b"\1" + bytes(79))},
        )
        for number in (USR1, SEGV, 8, 4, 7, 5, CHLD, 29, 31, RT, 0, 99)
        for code in (SI_QUEUE, -8, 1, 2, 3, 5, 6, 7, 8, 10, 11, 15, 16, SI_KERNEL, 0x81)
    },
    "sigqueueinfo to the parent": case(
        ("rt_sigqueueinfo", PARENT, 0, B),
        ("rt_sigqueueinfo", PARENT, 0, C),
        ("rt_sigqueueinfo", PARENT, 99, C),
        ("rt_sigqueueinfo", PARENT, 0, A),
        at={A: siginfo(SI_TKILL), B: siginfo(0), C: siginfo(SI_QUEUE)},
    ),
    "sigqueueinfo order of checks": case(
        ("rt_sigqueueinfo", 0x3FFFFFFF, 99, HOLE),
        ("rt_sigqueueinfo", 0x3FFFFFFF, 99, A),
        ("rt_sigqueueinfo", 0x3FFFFFFF, 99, B),
        ("rt_sigqueueinfo", PID, 0, A),
        ("rt_sigqueueinfo", PID, 65, A),
        ("rt_sigqueueinfo", 0, USR1, A),
        ("rt_sigqueueinfo", -1, USR1, A),
        at={A: siginfo(SI_QUEUE), B: siginfo(0)},
    ),
    "sigqueueinfo at the end of memory": case(
        ("rt_sigqueueinfo", PID, 0, HOLE - 48),
        ("rt_sigqueueinfo", PID, 0, HOLE - 47),
        at={HOLE - 48: siginfo(SI_QUEUE)[:48]},
    ),
    "sigqueueinfo of unknown layout at the end of memory": case(
        ("rt_sigqueueinfo", PID, 0, HOLE - 48), at={HOLE - 48: siginfo(-9)[:48]}
    ),
    "tgsigqueueinfo": case(
        BLOCK_A,
        ("rt_tgsigqueueinfo", PID, PID, USR1, B),
        ("rt_tgsigqueueinfo", PID, PID, RT, C),
        PENDING,
        at={A: b"\xff" * 8, B: siginfo(SI_QUEUE), C: siginfo(0)},
    ),
    "tgsigqueueinfo order of checks": case(
        ("rt_tgsigqueueinfo", 0, PID, 99, HOLE),
        ("rt_tgsigqueueinfo", 0, PID, 99, A),
        ("rt_tgsigqueueinfo", PID, -1, 99, A),
        ("rt_tgsigqueueinfo", PARENT, PARENT, 0, B),
        ("rt_tgsigqueueinfo", PARENT, PID, 0, A),
        ("rt_tgsigqueueinfo", PID, PID, 65, A),
        ("rt_tgsigqueueinfo", PID, 0x3FFFFFFF, 0, A),
        at={A: siginfo(SI_QUEUE), B: siginfo(0)},
    ),
    "a positive code overtakes the mask": case(  # dequeue_synchronous_signal doesn't look at the mask again
        BLOCK_A,
        ("rt_tgsigqueueinfo", PID, PID, SEGV, B),
        PENDING,
        ("tkill", PID, 8),
        ("rt_sigprocmask", SIG_UNBLOCK, C, 0, 8),
        at={A: sigset(SEGV, 8), B: siginfo(1), C: sigset(8)},
    ),
    # queues
    "real-time signals queue up to the limit": case(
        BLOCK_A,
        *[("rt_sigqueueinfo", PID, RT, B)] * 7,
        ("kill", PID, RT),
        ("kill", PID, RT + 1),
        ("tkill", PID, RT),
        PENDING,
        at={A: b"\xff" * 8, B: siginfo(SI_QUEUE)},
        queue=5,
    ),
    "standard signals don't queue": case(
        BLOCK_A,
        *[("rt_sigqueueinfo", PID, USR1, B)] * 7,
        PENDING,
        at={A: b"\xff" * 8, B: siginfo(SI_QUEUE)},
        queue=2,
    ),
    "a standard signal gets through a full queue": case(
        BLOCK_A,
        *[("rt_sigqueueinfo", PID, RT, B)] * 3,
        ("rt_sigqueueinfo", PID, USR1, B),
        ("kill", PID, USR2),
        PENDING,
        at={A: b"\xff" * 8, B: siginfo(SI_QUEUE)},
        queue=2,
    ),
    "no queue at all": case(
        BLOCK_A,
        ("rt_sigqueueinfo", PID, RT, B),
        ("rt_sigqueueinfo", PID, USR1, B),
        ("kill", PID, RT),
        ("tkill", PID, RT + 1),
        PENDING,
        at={A: b"\xff" * 8, B: siginfo(SI_QUEUE)},
        queue=0,
    ),
    # sigaltstack
    "altstack at first": case(("sigaltstack", 0, OUT)),
    "altstack set and told": case(
        ("sigaltstack", A, OUT), ("sigaltstack", 0, OUT + 24), at={A: stack(0x1000, 0, 8192)}
    ),
    **{
        f"altstack flags {flags:#x}": case(
            ("sigaltstack", A, OUT), ("sigaltstack", 0, OUT + 24), at={A: stack(0x1000, flags, 8192)}
        )
        for flags in (0, 1, 2, 3, 4, AUTODISARM, AUTODISARM | 1, AUTODISARM | 2, AUTODISARM | 3, 0x4000_0000)
    },
    **{
        f"altstack of {size}": case(
            ("sigaltstack", A, OUT), ("sigaltstack", 0, OUT + 24), at={A: stack(0x1000, 0, size)}
        )
        for size in (0, 1, 2047, 2048, 2049, 1 << 40, MASK)
    },
    "altstack disabled doesn't look at the size": case(
        ("sigaltstack", A, 0),
        ("sigaltstack", B, 0),
        ("sigaltstack", 0, OUT),
        at={A: stack(0x1000, 0, 8192), B: stack(0x5000, 2, 1)},
    ),
    "altstack wrong twice": case(("sigaltstack", A, 0), at={A: stack(0x1000, 7, 1)}),
    "altstack unchanged isn't judged": case(("sigaltstack", A, 0), ("sigaltstack", A, OUT), at={A: stack(0, 0, 0)}),
    "altstack faults": case(
        ("sigaltstack", HOLE, OUT),
        ("sigaltstack", HOLE - 20, OUT),
        ("sigaltstack", A, HOLE),
        ("sigaltstack", 0, OUT),
        ("sigaltstack", 0, RO),
        at={A: stack(0x1000, 0, 8192)},
    ),
    "altstack refused tells nothing": case(
        ("sigaltstack", A, OUT), at={A: stack(0x1000, 0, 100), OUT: b"\x55" * 24}
    ),
    "altstack in place": case(("sigaltstack", A, A), ("sigaltstack", 0, OUT), at={A: stack(0x1000, 0, 8192)}),
    # sleeping calls that don't sleep
    "sigsuspend with a bad set": case(
        ("rt_sigsuspend", A, 4), ("rt_sigsuspend", HOLE, 8), ("rt_sigsuspend", HOLE, 4)
    ),
    "sigsuspend ended by a pending fatal one": case(
        BLOCK_A, ("kill", PID, USR1), ("rt_sigsuspend", B, 8), at={A: b"\xff" * 8, B: bytes(8)}
    ),
    "pause ended by a pending fatal one": case(("kill", PID, TERM), ("pause",)),
}


@pytest.fixture(scope="module")
def pages() -> Iterator[ctypes.CDLL]:
    """The cases' pages, at their addresses in this process too."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_size_t
    libc.mmap.argtypes = [ctypes.c_size_t, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
    libc.syscall.restype = ctypes.c_long
    fixed = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100000  # MAP_FIXED_NOREPLACE
    for address, size, protection in ((RW, 2 * PAGE, 3), (RO, PAGE, 1)):
        assert libc.mmap(address, size, protection, fixed, -1, 0) == address
    yield libc
    libc.munmap(RW, 2 * PAGE)
    libc.munmap(RO, PAGE)


def number_of(argument: int | str, pid: int, ppid: int) -> int:
    return {PID: pid, PARENT: ppid}[argument] if isinstance(argument, str) else argument


def make_calls(libc: ctypes.CDLL, given: Case, report: int) -> None:
    """In the child: a state that doesn't depend on who started the tests, then the calls."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setpgid(0, 0)
    ctypes.memset(RW, 0xAA, 2 * PAGE)
    for number in range(1, 65):
        if number not in (KILL, STOP):
            ctypes.memset(A, 0, 32)
            assert libc.syscall(13, number, ctypes.c_size_t(A), 0, ctypes.c_size_t(8)) == 0
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    ctypes.memmove(A, stack(0, 2, 0), 24)
    assert libc.syscall(131, ctypes.c_size_t(A), 0) == 0
    ctypes.memset(RW, 0xAA, 2 * PAGE)
    for address, data in given.memory:
        ctypes.memmove(address, data, len(data))
    hard = resource.getrlimit(resource.RLIMIT_SIGPENDING)[1]
    resource.setrlimit(resource.RLIMIT_SIGPENDING, (used() + given.queue, hard))
    pid, ppid = os.getpid(), os.getppid()
    for name, *arguments in given.calls:
        values = [ctypes.c_size_t(number_of(argument, pid, ppid) & MASK) for argument in arguments]
        ctypes.set_errno(0)
        result = libc.syscall(LINUX.numbers[name], *values)
        os.write(report, struct.pack("<q", -ctypes.get_errno() if result == -1 else result))


def used() -> int:
    """How many queued signals the user has on this machine by now."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("SigQ:"))
    return int(line.split()[1].partition("/")[0])


def natively(libc: ctypes.CDLL, given: Case) -> tuple[Run, int]:
    """The host's answers, and the child's pid."""
    report, memory = os.memfd_create("report"), os.memfd_create("memory")
    pid = os.fork()
    if pid == 0:
        try:
            make_calls(libc, given, report)
            os.write(memory, ctypes.string_at(RW, 2 * PAGE))
        except BaseException:
            traceback.print_exc()
            os._exit(98)
        os._exit(99)
    _, status = os.waitpid(pid, os.WUNTRACED)
    data = os.pread(report, 1 << 20, 0)
    run = Run(list(struct.unpack(f"<{len(data) // 8}q", data)))
    run.memory = os.pread(memory, 2 * PAGE, 0)
    os.close(report)
    os.close(memory)
    if os.WIFSTOPPED(status):
        run.end = ("stopped", os.WSTOPSIG(status))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    elif os.WIFSIGNALED(status):
        run.end = ("killed", os.WTERMSIG(status))
    else:
        assert os.WEXITSTATUS(status) == 99
    return run, pid


def simulated(given: Case, pid: int) -> Run:
    """Our answers, as a process with the child's ids."""
    memory = PageMemory()
    memory.map(RW, 2 * PAGE)
    memory.map(RO, PAGE, Protection.READ)
    memory.map(STACK - 64 * PAGE, 64 * PAGE)
    memory.poke(RW, b"\xaa" * 2 * PAGE)
    for address, data in given.memory:
        memory.poke(address, data)
    kernel = Kernel(LINUX, memory)
    process = kernel.process
    process.pid = process.tid = process.pgrp = pid
    process.ppid = os.getpid()
    process.neighbours = (Neighbour(1, 1, 0), Neighbour(process.ppid, os.getpgrp(), os.getuid()))
    process.session = os.getpgrp()  # the parent's, so that the group is no orphan
    process.credentials = Credentials(os.getuid(), os.getgid(), os.geteuid(), os.getegid())
    process.sigpending_limit = given.queue
    process.threads[0].altstack = AltStack(flags=2)  # what disabling it leaves
    run = Run()
    for name, *arguments in given.calls:
        registers = Registers(rax=LINUX.numbers[name], rsp=STACK)
        for register, argument in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments, strict=False):
            setattr(registers, register, number_of(argument, pid, process.ppid))
        kernel.syscall(registers)
        if process.exit is not None:
            assert process.exit.signal is not None
            run.end = ("killed", LINUX.signals[process.exit.signal].number)
            return run
        if process.stopped is not None:
            run.end = ("stopped", process.stopped)
            return run
        run.results.append(registers.rax - (1 << 64) if registers.rax >> 63 else registers.rax)
    run.memory = memory.copy_in(RW, 2 * PAGE)
    return run


@pytest.mark.parametrize("name", CASES)
def test_the_host_answers_the_same(name: str, pages: ctypes.CDLL) -> None:
    host, pid = natively(pages, CASES[name])
    assert simulated(CASES[name], pid) == host


def random_case(rng: random.Random) -> Case:
    """Calls that send, block, ignore and ask, with signals of every kind."""
    numbers = (
        HUP,
        USR1,
        SEGV,
        CHLD,
        CONT,
        TSTP,
        21,
        28,
        33,
        RT,
        RT + 1,
        64,
        0,
        99,
        KILL if rng.random() < 0.02 else USR2,
    )
    sets = {A: rng.randbytes(8), B: b"\xff" * 8, C: sigset(*rng.sample(range(1, 65), 5))}
    actions = {
        RW + 0x300: sigaction(1),
        RW + 0x340: sigaction(0),
        RW + 0x380: sigaction(0x77, rng.getrandbits(64), 1, rng.getrandbits(64)),
    }
    infos = {RW + 0x400 + 128 * i: siginfo(rng.choice((SI_QUEUE, 0, 1, SI_TKILL, SI_KERNEL))) for i in range(4)}
    calls: list[Call] = [("rt_sigprocmask", SIG_BLOCK, B, 0, 8)]
    for index in range(30):
        out = OUT + 64 * index
        calls.append(
            rng.choice(
                (
                    ("kill", PID, rng.choice(numbers)),
                    ("tkill", PID, rng.choice(numbers)),
                    ("rt_sigqueueinfo", PID, rng.choice(numbers), rng.choice(list(infos))),
                    ("rt_tgsigqueueinfo", PID, PID, rng.choice(numbers), rng.choice(list(infos))),
                    ("rt_sigaction", rng.choice(numbers), rng.choice((0, *actions)), out, 8),
                    ("rt_sigprocmask", SIG_BLOCK, rng.choice((0, *sets)), out, 8),
                    ("rt_sigpending", out, rng.choice((8, 8, 3))),
                )
            )
        )
    calls.append(("rt_sigprocmask", SIG_UNBLOCK, rng.choice((A, B, C)), OUT, 8))
    return Case(tuple(calls), tuple((sets | actions | infos).items()), queue=rng.choice((0, 3, 64)))


@pytest.mark.parametrize("seed", range(60))
def test_the_host_answers_random_sequences_the_same(seed: int, pages: ctypes.CDLL) -> None:
    given = random_case(random.Random(seed))
    host, pid = natively(pages, given)
    ours = simulated(given, pid)
    for call, theirs, mine in zip(given.calls, host.results, ours.results, strict=False):
        assert mine == theirs, call
    # A handler that nobody can jump to ends the host's process and makes our kernel write a frame.
    if ours.end is None and host.end is not None:
        assert host.end == ("killed", SEGV)
        return
    assert ours == host
