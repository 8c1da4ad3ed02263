"""Calls about time on the host's kernel and on ours: equal answers and memory; how each sleep ends and goes on.

A C program makes the calls natively (time_probe.c). Where an answer depends on how long something took, the case
says in which words of the memory, and by how much they may differ.
"""

from __future__ import annotations

import platform
import re
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kernel_stub.cpu import Protection, Registers
from kernel_stub.events import SignalDelivered, SyscallDone
from kernel_stub.kernel import Kernel
from kernel_stub.linux.clocks import TICK
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory
from kernel_stub.signals import Action

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)

RW = 0x2A20_0000_0000  # a page; the one behind it can only be read
RO, BAD = RW + PAGE, 8
A, B, OUT, SET = RW, RW + 0x40, RW + 0x80, RW + 0xC0
SECOND = 1_000_000_000
SLACK = 100_000_000  # nanoseconds that a busy host may lose
ABSTIME = 1
REAL, VIRTUAL, PROF = range(3)
USR1, ALRM, USR2 = 10, 14, 12
ALARMS = 1 << 13 | 1 << 25 | 1 << 26  # blocked on both sides
END = (1 << 63) - 1
BITS64 = (1 << 64) - 1

Call = tuple[str, *tuple[int, ...]]


@dataclass(frozen=True)
class Case:
    """Calls in order, words of the page before them by address, and those that may differ: by how much."""

    calls: tuple[Call, ...]
    words: dict[int, tuple[int, ...]] = field(default_factory=dict)
    about: dict[int, int] = field(default_factory=dict)


def case(*calls: Call, at: dict[int, tuple[int, ...]] | None = None, about: dict[int, int] | None = None) -> Case:
    return Case(calls, at or {}, about or {})


def pid_clock(pid: int, kind: int) -> int:
    return ~pid << 3 | kind


ZERO, FIVE, PAST_SECOND = (0, 0), (5, 0), (0, SECOND)
NO_TIMES = {"negative seconds": (-1, 0), "negative rest": (0, -1), "a whole second": (0, SECOND), "both": (-5, -5)}
CLOCKS = [*range(14), 15, 24, 99, -1, -2, -3, -4, -5, -6, -7, -8, pid_clock(99_999_999, 2), 1 << 32 | 1]
PERIOD = (7, 8, 1000, 9)  # interval and value of a struct itimerval, in seconds and microseconds

CASES = {
    **{f"nanosleep: {name}": case(("nanosleep", A, BAD), at={A: words}) for name, words in NO_TIMES.items()},
    "nanosleep: pointers": case(("nanosleep", 0, 0), ("nanosleep", BAD, BAD), ("nanosleep", RO + PAGE - 8, 0)),
    "nanosleep: nothing": case(("nanosleep", A, BAD), at={A: ZERO}),
    "nanosleep: a little": case(("nanosleep", A, OUT), at={A: (0, 1000)}),
    **{
        f"clock_nanosleep: clock {clock}": case(
            ("clock_nanosleep", clock, 0, A, 0),
            ("clock_nanosleep", clock, ABSTIME, A, 0),
            ("clock_nanosleep", clock, 0, B, 0),
            ("clock_nanosleep", clock, 0, BAD, 0),
            at={A: ZERO, B: PAST_SECOND},
        )
        for clock in CLOCKS
    },
    "clock_nanosleep: flags": case(
        *(("clock_nanosleep", 1, flags, A, BAD) for flags in (0, 1, 2, 3, -1, 1 << 32)), at={A: ZERO}
    ),
    **{
        f"clock_getres: clock {clock}": case(
            ("clock_getres", clock, OUT), ("clock_getres", clock, 0), ("clock_getres", clock, RO)
        )
        for clock in CLOCKS
    },
    **{
        f"clock_gettime: clock {clock}": case(("clock_gettime", clock, RO), ("clock_gettime", clock, 0))
        for clock in CLOCKS
    },
    "gettimeofday": case(
        ("gettimeofday", 0, 0), ("gettimeofday", RO, 0), ("gettimeofday", 0, RO), ("gettimeofday", 0, OUT)
    ),
    "time": case(("time", RO), ("time", BAD)),
    "setitimer: null": case(("setitimer", REAL, 0, 0), ("setitimer", REAL, 0, OUT), ("setitimer", 3, 0, 0)),
    **{
        f"setitimer: {name}": case(("setitimer", which, A, OUT), ("getitimer", which, B), at={A: words})
        for which in range(3)
        for name, words in {
            f"no time {which} {words}": words
            for words in ((0, 1_000_000, 0, 0), (0, 0, -1, 0), (0, -1, 0, 0), (0, 0, 0, 1_000_000), (-1, 0, 5, 0))
        }.items()
    },
    "setitimer: mistakes": case(
        ("setitimer", 3, BAD, 0), ("setitimer", 3, A, 0), ("setitimer", -1, A, 0), ("setitimer", REAL, BAD, 0),
        at={A: PERIOD},
    ),
    "setitimer: the old one can't be told": case(
        ("setitimer", REAL, A, RO), ("getitimer", REAL, OUT), at={A: PERIOD}, about={OUT + 16: 1, OUT + 24: 999_999}
    ),
    **{
        f"setitimer: old and new {which}": case(
            ("setitimer", which, A, OUT), ("setitimer", which, B, OUT + 32), ("getitimer", which, A),
            at={A: (7, 8, 1000, 9), B: (3, 2, 0, 0)}, about={OUT + 48: 1, OUT + 56: 999_999},
        )
        for which in range(3)
    },
    "setitimer: the end of time on processor time": case(
        ("setitimer", VIRTUAL, A, 0), ("getitimer", VIRTUAL, OUT), at={A: (0, 0, END, 0)}, about={OUT + 24: 50_000}
    ),
    "getitimer": case(
        ("getitimer", 3, BAD), ("getitimer", -1, OUT), ("getitimer", REAL, RO), ("getitimer", PROF, 0),
        ("getitimer", 1 << 32 | 1, OUT),
    ),
    "setitimer: a tick more": case(
        ("setitimer", VIRTUAL, A, 0), ("getitimer", VIRTUAL, OUT), at={A: (2, 3, 5, 0)}, about={OUT + 24: 100}
    ),
    "alarm": case(("alarm", 5), ("alarm", 0), ("alarm", 0), ("alarm", -1), ("alarm", 1 << 32 | 3), ("alarm", 0)),
    **{
        f"alarm rounds {microseconds}": case(
            ("setitimer", REAL, A, 0), ("alarm", 0), ("alarm", 0), at={A: (9, 9, *divmod(microseconds, 1_000_000))}
        )
        for microseconds in (300_000, 1_400_000, 1_700_000, 2_300_000)
    },
    "alarm: an int's worth": case(("alarm", 0xFFFF_FFFF), ("getitimer", REAL, OUT), ("alarm", 0),
        about={OUT + 16: 1, OUT + 24: 999_999}),
    "alarm takes the interval away": case(("setitimer", REAL, A, 0), ("alarm", 9), ("getitimer", REAL, OUT),
        at={A: PERIOD}, about={OUT + 16: 1, OUT + 24: 999_999}),
    "a blocked alarm is not repeated": case(
        ("setitimer", REAL, A, 0), ("nanosleep", B, 0), ("getitimer", REAL, OUT), ("rt_sigpending", SET, 8),
        at={A: (0, 1000, 0, 1000), B: (0, 20_000_000)},
    ),
    "taking it lets the timer go on": case(
        ("setitimer", REAL, A, 0), ("rt_sigtimedwait", B, 0, 0, 8), ("getitimer", REAL, OUT),
        at={A: (500, 0, 0, 1000), B: (1 << ALRM - 1,)}, about={OUT + 16: 1, OUT + 24: 999_999},
    ),
    "an ignored alarm ends the period": case(
        ("rt_sigaction", ALRM, OUT, 0, 8), ("rt_sigprocmask", 1, SET, 0, 8), ("setitimer", REAL, A, 0),
        ("nanosleep", B, 0), ("getitimer", REAL, OUT),
        at={A: (0, 1000, 0, 1000), B: (0, 20_000_000), OUT: (1, 0, 0, 0), SET: (ALARMS,)},
    ),
    "a discarded alarm ends the period": case(
        ("setitimer", REAL, A, 0), ("nanosleep", B, 0), ("rt_sigaction", ALRM, OUT, 0, 8),
        ("rt_sigpending", SET, 8), ("nanosleep", B, 0), ("getitimer", REAL, OUT),
        at={A: (0, 1000, 0, 1000), B: (0, 20_000_000), OUT: (1, 0, 0, 0)},
    ),
    "restart_syscall": case(("restart_syscall",), ("nanosleep", A, 0), ("restart_syscall",), at={A: (0, 1)}),
    "rt_sigtimedwait: mistakes": case(
        ("rt_sigtimedwait", BAD, 0, BAD, 4), ("rt_sigtimedwait", BAD, 0, A, 8), ("rt_sigtimedwait", SET, 0, BAD, 8),
        ("rt_sigtimedwait", SET, BAD, A, 8), ("rt_sigtimedwait", SET, BAD, B, 8), ("rt_sigtimedwait", 0, 0, A, 8),
        at={A: PAST_SECOND, B: ZERO, SET: (1 << USR1 - 1,)},
    ),
    "rt_sigtimedwait: no time to wait": case(
        ("rt_sigtimedwait", SET, BAD, A, 8), ("rt_sigtimedwait", SET, BAD, B, 8), at={A: (0, 1000), SET: (ALARMS,)}
    ),
    "rt_sigtimedwait: what the timer sends": case(
        ("setitimer", REAL, A, 0), ("rt_sigtimedwait", SET, OUT + 64, B, 8), ("rt_sigtimedwait", SET, 0, A, 8),
        at={A: (0, 0, 0, 2000), B: FIVE, SET: (ALARMS,)},
    ),
    "rt_sigtimedwait: a bad address loses the signal": case(
        ("alarm", 0), ("setitimer", REAL, A, 0), ("rt_sigtimedwait", SET, RO, B, 8), ("rt_sigtimedwait", SET, 0, A, 8),
        at={A: (0, 0, 0, 2000), B: FIVE, SET: (ALARMS,)},
    ),
}  # fmt: skip

# What depends on how the host's kernel was built (CONFIG_HZ), and on its having a clock that can wake it.
BY_TICK = {
    "setitimer: a tick more", "setitimer: old and new 1", "setitimer: old and new 2",
    "setitimer: the end of time on processor time", *(f"clock_getres: clock {n}" for n in (5, 6, -3, -4, -7, -8)),
}  # fmt: skip
BY_RTC = {f"{call}: clock {n}" for call in ("clock_getres", "clock_gettime", "clock_nanosleep") for n in (8, 9)}


def host_has_rtc() -> bool:
    try:
        time.clock_getres(8)
    except OSError:
        return False
    return True


def skip_what_the_host_does_its_own_way(name: str) -> None:
    if name in BY_TICK and round(time.clock_getres(5) * SECOND) != TICK:
        pytest.skip("the host's kernel has another timer tick")
    if name in BY_RTC and host_has_rtc():
        pytest.skip("the host has a real-time clock that can wake it")


@pytest.fixture(scope="module")
def probe(require_tool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("time") / "probe"
    source = Path(__file__).parent / "time_probe.c"
    subprocess.run([require_tool("cc"), "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, source], check=True)
    return program


def natively(probe: Path, given: Case, *how: str, under: tuple[str, ...] = ()) -> bytes:
    calls = [(LINUX.numbers[name], *arguments, *[0] * (7 - len(arguments))) for name, *arguments in given.calls]
    packed = b"".join(struct.pack("<8q", *call) for call in calls)
    told = struct.pack("<q", len(calls)) + packed + image(given)
    done = subprocess.run([*under, probe, *how], input=told, capture_output=True, timeout=30)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout


def image(given: Case) -> bytes:
    page = bytearray(PAGE)
    for address, words in given.words.items():
        struct.pack_into(f"<{len(words)}q", page, address - RW, *words)
    return bytes(page)


def start(given: Case) -> Kernel:
    memory = PageMemory()
    memory.map(RW, PAGE)
    memory.poke(RW, image(given))
    memory.map(RO, PAGE, Protection.READ)
    return Kernel(LINUX, memory)


def make(kernel: Kernel, name: str, *arguments: int) -> Registers:
    registers = Registers(rax=LINUX.numbers[name], rip=0x400002, rsp=RW + PAGE - 64, cs=0x33, ss=0x2B, rflags=0x202)
    for register, argument in zip(("rdi", "rsi", "rdx", "r10"), arguments, strict=False):
        setattr(registers, register, argument & BITS64)
    kernel.syscall(registers)
    return registers


@pytest.mark.parametrize("name", CASES)
def test_the_host_answers_the_same(name: str, probe: Path) -> None:
    skip_what_the_host_does_its_own_way(name)
    given = CASES[name]
    answer = natively(probe, given)
    kernel = start(given)
    kernel.thread.blocked = ALARMS
    ours = [make(kernel, *call).rax for call in given.calls]
    theirs = list(struct.unpack_from(f"<{len(ours)}Q", answer))
    assert [value - (value >> 63 << 64) for value in ours] == [value - (value >> 63 << 64) for value in theirs]
    compare_memory(given, kernel.memory.copy_in(RW, PAGE), answer[8 * len(ours) :])


def compare_memory(given: Case, ours: bytes, theirs: bytes) -> None:
    for offset in range(0, PAGE, 8):
        (mine,), (real,) = struct.unpack_from("<q", ours, offset), struct.unpack_from("<q", theirs, offset)
        assert abs(mine - real) <= given.about.get(RW + offset, 0), hex(RW + offset)


SHOWN = {"nanosleep", "clock_nanosleep", "clock_getres", "gettimeofday", "time", "setitimer", "getitimer", "alarm"}
TRACED = [
    name
    for name, given in CASES.items()
    if SHOWN.issuperset(call for call, *_ in given.calls) and not given.about and name not in BY_TICK | BY_RTC
]


@pytest.mark.parametrize("name", TRACED)
def test_trace_lines_read_as_straces(name: str, probe: Path, require_tool, tmp_path: Path) -> None:
    given, log = CASES[name], tmp_path / "log"
    natively(probe, given, under=(require_tool("strace"), "-o", str(log)))
    theirs = [re.sub(r" +=", " =", line) for line in log.read_text().splitlines()]
    mark = next(i for i, line in enumerate(theirs) if line.startswith("rt_sigprocmask(SIG_BLOCK, [ALRM VTALRM PROF]"))
    kernel = start(given)
    kernel.observe = True
    kernel.thread.blocked = ALARMS
    for call in given.calls:
        make(kernel, *call)
    ours = [event.text for event in kernel.events if isinstance(event, SyscallDone)]
    assert ours == theirs[mark + 1 : mark + 1 + len(ours)]


CLOCK_SLEEPS: dict[str, Call] = {
    "nanosleep": ("nanosleep", A, OUT),
    "nanosleep, its rest not asked for": ("nanosleep", A, 0),
    "nanosleep, its rest can't be told": ("nanosleep", A, RO),
    "clock_nanosleep, monotonic": ("clock_nanosleep", 1, 0, A, OUT),
    "clock_nanosleep, real time": ("clock_nanosleep", 0, 0, A, OUT),
    "clock_nanosleep, own processor time": ("clock_nanosleep", 2, 0, A, OUT),
    "clock_nanosleep, until a time": ("clock_nanosleep", 1, ABSTIME, B, OUT),
    "clock_nanosleep, until a date": ("clock_nanosleep", 0, ABSTIME, B, OUT),
    "clock_nanosleep, until an amount of processor time": ("clock_nanosleep", 2, ABSTIME, B, OUT),
}
SLEEPS: dict[str, Call] = CLOCK_SLEEPS | {
    "pause": ("pause",),
    "rt_sigsuspend": ("rt_sigsuspend", SET + 8, 8),
    "rt_sigtimedwait": ("rt_sigtimedwait", SET, 0, 0, 8),
    "rt_sigtimedwait, for a time": ("rt_sigtimedwait", SET, 0, A, 8),
    "read": ("read", 0, OUT, 16),
    "read into a bad buffer": ("read", 0, RO, 16),
    "readv": ("readv", 0, SET + 16, 1),
}
SLEEPERS = Case(tuple(SLEEPS.values()), {A: (3600, 0), B: (1 << 32, 0), SET: (1 << USR2 - 1, 0, OUT, 16)})


@pytest.fixture(scope="module")
def ends(probe: Path) -> dict[tuple[str, str], tuple[int, ...]]:
    """What the host does about each sleep and each way to interrupt it."""
    found = {}
    for how in ("none", "plain", "restart"):
        words = struct.unpack(f"<{5 * len(SLEEPS)}q", natively(probe, SLEEPERS, how))
        for index, name in enumerate(SLEEPS):
            found[name, how] = words[5 * index + 1 : 5 * index + 4]
    return found


@pytest.mark.parametrize("how", ["none", "plain", "restart"])
@pytest.mark.parametrize("name", SLEEPS)
def test_a_sleep_ends_and_goes_on_as_on_the_host(name: str, how: str, ends: dict[tuple[str, str], tuple[int, ...]]):
    kernel = start(SLEEPERS)
    kernel.observe = kernel.terminal.open = True
    if how == "none":  # the host's is woken by a signal that its tracer takes away: a stop does the same to ours
        kernel.deliver_at_time(SECOND, "SIGSTOP")
        kernel.deliver_at_time(2 * SECOND, "SIGCONT")
    else:
        kernel.process.actions[USR1] = Action(0x401000, 0x0400_0000 | 0x1000_0000 * (how == "restart"), 0x402000)
        kernel.deliver_at_time(SECOND, "SIGUSR1")
    registers = make(kernel, *SLEEPS[name])
    done = next(event for event in kernel.events if isinstance(event, SyscallDone)).result
    answer = -done.restart.value if done.restart else done.rax - (done.rax >> 63 << 64)
    told, then, distance = ends[name, how]
    assert answer == told
    if how != "none":
        (event,) = [event for event in kernel.events if isinstance(event, SignalDelivered)]
        frame = {placed.path: placed.value for placed in event.frame}
        rax = frame["uc_mcontext.rax"]
        assert (rax - (rax >> 63 << 64), frame["uc_mcontext.rip"] - 0x400002) == (then, distance)
    elif done.restart:
        assert (registers.rax, registers.rip) == (then, 0x400000)
        assert distance == 0  # the host shows it at the next SYSCALL
    else:
        assert registers.rip == 0x400002
