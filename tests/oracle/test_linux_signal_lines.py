"""Our trace lines of signal calls and strace's, for the same calls on the host: equal, letter by letter."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from kernel_stub.cpu import MASK64, Registers
from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory
from kernel_stub.process import AltStack, Credentials

BASE = 0x0000_2A00_0000_0000
ACTION, IGNORE, ODD, SOME, ALL, NONE, STACK, DISABLE, DISARM, WRONG, QUEUED, OWN, TKILL, OUT = (
    BASE + 64 * i for i in range(14)
)
PID = "pid"
MARK = 12345  # close(MARK) stands before the calls
MEMORY = {
    ACTION: struct.pack("<4Q", 0x401000, 0x4000004, 0x402000, 1 << 9 | 1 << 40),
    IGNORE: struct.pack("<4Q", 1, 0, 0, 0),
    ODD: struct.pack("<4Q", 0, 0xFC000FFF | 1 << 40, 0x55, MASK64),
    SOME: (1 << 9 | 1 << 16 | 1 << 33).to_bytes(8, "little"),
    ALL: b"\xff" * 8,
    STACK: struct.pack("<QIIQ", 0x1000, 0, 0, 8192),
    DISABLE: struct.pack("<QIIQ", 0, 2, 0, 0),
    DISARM: struct.pack("<QIIQ", 0x1000, 0x80000001, 0, 100),
    WRONG: struct.pack("<QIIQ", 0x1000, 7, 0, 8192),
    QUEUED: struct.pack("<iiiIiIQ", 10, 0, -1, 0, 55, 66, 0x1_FFFF_FFFF),
    OWN: struct.pack("<iiiIQ", 11, 5, 1, 0, 0x1234),
    TKILL: struct.pack("<iiiIiIQ", 40, 0, -6, 0, 1, 2, 0),
}
CALLS: list[tuple[str | int, ...]] = [
    ("rt_sigprocmask", 2, ALL, 0, 8),
    ("rt_sigaction", 10, ACTION, 0, 8), ("rt_sigaction", 10, 0, OUT, 8), ("rt_sigaction", 10, IGNORE, OUT, 8),
    ("rt_sigaction", 34, ODD, OUT, 8), ("rt_sigaction", 34, 0, OUT, 8), ("rt_sigaction", 99, ACTION, 0, 8),
    ("rt_sigaction", 9, ACTION, 0, 8), ("rt_sigaction", 10, ACTION, 0, 4), ("rt_sigaction", 10, 0, 1, 8),
    ("rt_sigaction", 10, 1, 0, 8), ("rt_sigaction", 64, 0, 0, 8), ("rt_sigaction", 0, 0, 0, 8),
    ("rt_sigprocmask", 0, SOME, OUT, 8), ("rt_sigprocmask", 2, SOME, OUT, 8), ("rt_sigprocmask", 7, SOME, 0, 8),
    ("rt_sigprocmask", 1, NONE, OUT, 8), ("rt_sigprocmask", 0, 1, 0, 8), ("rt_sigprocmask", 0, SOME, 0, 4),
    ("rt_sigprocmask", 2, ALL, OUT, 8), ("rt_sigprocmask", 0, 0, OUT, 8),
    ("kill", PID, 10), ("kill", PID, 0), ("kill", PID, 99), ("kill", PID, 34), ("kill", 0x3FFFFFFF, 10),
    ("kill", -(1 << 31), 5), ("tkill", PID, 33), ("tgkill", PID, PID, 17), ("tgkill", PID, -1, 17),
    ("rt_sigpending", OUT, 8), ("rt_sigpending", OUT, 3), ("rt_sigpending", 1, 8), ("rt_sigpending", OUT, 9),
    ("sigaltstack", STACK, OUT), ("sigaltstack", DISABLE, OUT), ("sigaltstack", DISARM, 0), ("sigaltstack", WRONG, 0),
    ("sigaltstack", 0, OUT), ("sigaltstack", 1, 0), ("sigaltstack", 0, 0),
    ("rt_sigqueueinfo", PID, 10, QUEUED), ("rt_sigqueueinfo", PID, 11, OWN), ("rt_sigqueueinfo", 1, 40, TKILL),
    ("rt_sigqueueinfo", PID, 10, 1), ("rt_sigqueueinfo", PID, 10, NONE), ("rt_tgsigqueueinfo", PID, PID, 34, QUEUED),
    ("rt_sigsuspend", SOME, 4), ("rt_sigsuspend", 1, 8),
    ("kill", PID, 9),
]  # fmt: skip

CHILD = f"""
import ctypes, os
libc = ctypes.CDLL(None)
libc.syscall.argtypes = [ctypes.c_ulong] * 7
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
assert libc.mmap({BASE}, {PAGE}, 3, 0x100022, -1, 0) == {BASE}
for address, data in MEMORY.items():
    ctypes.memmove(address, data, len(data))
pid = os.getpid()
for call in CALLS:
    call = [pid if a == 'pid' else a & {MASK64} for a in call]
    libc.syscall(*call, *[0] * (7 - len(call)))
"""


def numbered() -> list[list[str | int]]:
    return [[LINUX.resolve(str(name)), *arguments] for name, *arguments in CALLS]


def strace_lines(strace: str, folder: Path) -> tuple[list[str], int]:
    """What strace prints behind the mark, and the process's id."""
    calls = [[3, MARK], [39], *numbered()]
    script = folder / "calls.py"
    script.write_text(CHILD.replace("CALLS", repr(calls)).replace("MEMORY", repr(MEMORY)))
    log = folder / "log"
    command = [strace, "-o", str(log), sys.executable, "-I", "-S", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    lines = log.read_text().splitlines() if log.exists() else []
    start = next((i for i, line in enumerate(lines) if line.startswith(f"close({MARK})")), None)
    if start is None and "ptrace" in done.stderr.lower():
        pytest.skip("this machine doesn't let strace trace")
    assert start is not None, done.stderr
    pid = int(lines[start + 1].rpartition("= ")[2])
    return [re.sub(r" {2,}=", " =", line) for line in lines[start + 2 :]], pid


def our_lines(pid: int) -> list[str]:
    memory = PageMemory()
    memory.map(BASE, PAGE)
    for address, data in MEMORY.items():
        memory.poke(address, data)
    kernel = Kernel(LINUX, memory)
    kernel.process.pid = kernel.process.tid = pid
    kernel.process.credentials = Credentials(os.getuid(), os.getgid(), os.geteuid(), os.getegid())
    kernel.thread.altstack = AltStack(flags=2)
    lines = []
    for rax, *arguments in numbered():
        assert isinstance(rax, int)
        registers = Registers(rax=rax)
        for register, argument in zip(("rdi", "rsi", "rdx", "r10"), arguments, strict=False):
            setattr(registers, register, pid if argument == PID else argument)
        kernel.observe = True
        kernel.events.clear()
        kernel.syscall(registers)
        lines.append(kernel.events[0].text)
    return lines


def test_trace_lines_read_as_straces(require_tool, tmp_path: Path) -> None:
    theirs, pid = strace_lines(require_tool("strace"), tmp_path)
    ours = our_lines(pid)
    assert len(ours) == len(CALLS)
    for call, mine, real in zip(CALLS, ours, theirs, strict=False):
        assert mine == real, call
    assert theirs[len(ours) :] == ["+++ killed by SIGKILL +++"]
