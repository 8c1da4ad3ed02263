"""Our trace lines and strace's, for the same calls on the host: equal, letter by letter but for padding."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kernel_stub.cpu import MASK64, Registers
from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory
from kernel_stub.process import Credentials

BASE = 0x0000_2A00_0000_0000
HOLE = BASE + PAGE
TEXT = b'hi\n\ttab "quoted" \\ \x1b[0m \x00\x009 \x7f\xff' + b"x" * 40
MARK = 12345  # close(MARK) stands before and behind the calls

CALLS: list[tuple[str | int, ...]] = [
    ("close", 99), ("close", -1), ("close", (1 << 32) | 99), ("getuid",),
    ("write", 1, BASE, 3), ("write", 1, BASE, 31), ("write", 1, BASE, 32), ("write", 1, BASE, 33),
    ("write", 1, BASE, 60), ("write", 1, BASE, 0), ("write", 1, HOLE, 3), ("write", 1, 0, 3),
    ("write", 99, BASE, 3), ("write", 1, HOLE - 2, 10), ("write", 1, BASE, -1),
    ("read", 0, BASE + 200, 100), ("read", 0, BASE + 200, 100), ("read", 99, BASE + 200, 5),
    ("read", 0, HOLE, 100), ("read", 0, 0, 0),
    ("dup", 1), ("dup", 99), ("dup2", 1, 7), ("dup2", 1, -1), ("dup3", 1, 8, 0), ("dup3", 1, 8, 0x80000),
    ("dup3", 1, 8, 0x800), ("dup3", 1, 8, 1), ("dup3", 1, 8, 0x80001), ("dup3", 1, 1, 0),
    ("fcntl", 1, 0, 20), ("fcntl", 1, 0, -1), ("fcntl", 1, 1030, 21), ("fcntl", 21, 1), ("fcntl", 20, 1),
    ("fcntl", 1, 2, 1), ("fcntl", 1, 2, 0), ("fcntl", 1, 2, 3), ("fcntl", 1, 3), ("fcntl", 99, 3),
    ("fcntl", 1, 4, 0x800), ("fcntl", 1, 4, 0xC02), ("fcntl", 1, 3), ("fcntl", 1, 4, 0x4000),
    ("fcntl", 1, 4, 0), ("fcntl", 1, 4, 0x101000), ("fcntl", 1, 4, 3), ("fcntl", 1, 2, 2),
    ("fcntl", 1, 4, 0x1000), ("fcntl", 1, 777, 5), ("fcntl", 1, -1, 0),
    ("exit_group", 3),
]  # fmt: skip

TYPED = b"a line\nand a longer line, of more than thirty-two bytes\n"

CHILD = f"""
import ctypes
libc = ctypes.CDLL(None)
libc.syscall.argtypes = [ctypes.c_ulong] * 7
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
assert libc.mmap({BASE}, {PAGE}, 3, 0x100022, -1, 0) == {BASE}
ctypes.memmove({BASE}, {TEXT!r}, {len(TEXT)})
for call in CALLS:
    libc.syscall(*[a & {MASK64} for a in call], *[0] * (7 - len(call)))
"""


def numbered() -> list[list[int]]:
    return [[LINUX.resolve(str(name)), *(int(a) for a in arguments)] for name, *arguments in CALLS]


def strace_lines(strace: str, folder: Path) -> list[str]:
    """What strace prints between the marks."""
    calls = [[3, MARK], *numbered()]
    script = folder / "calls.py"
    script.write_text(CHILD.replace("CALLS", repr(calls)))
    log = folder / "log"
    master, peer = pty.openpty()
    terminal = os.open(os.ttyname(peer), os.O_RDWR | os.O_NOCTTY)
    os.close(peer)
    os.write(master, TYPED + b"\x04" * 4)
    command = [strace, "-o", str(log), sys.executable, "-I", "-S", str(script)]
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    seen = b""
    while True:
        try:
            seen += os.read(master, 65536)
        except OSError:
            break
    process.wait(timeout=30)
    os.close(master)
    lines = log.read_text().splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith(f"close({MARK})")), None)
    if start is None and "ptrace" in seen.decode(errors="replace").lower():
        pytest.skip("this machine doesn't let strace trace")
    assert start is not None, seen.decode(errors="replace")
    return [re.sub(r" {2,}=", " =", line) for line in lines[start + 1 :]]


def our_lines() -> list[str]:
    memory = PageMemory()
    memory.map(BASE, PAGE)
    memory.poke(BASE, TEXT)
    kernel = Kernel(LINUX, memory, stdin=TYPED)
    kernel.observe = True
    kernel.process.credentials = Credentials(os.getuid(), os.getgid(), os.geteuid(), os.getegid())
    for rax, *arguments in numbered():
        registers = Registers(rax=rax)
        for register, argument in zip(("rdi", "rsi", "rdx"), arguments, strict=False):
            setattr(registers, register, argument)
        kernel.syscall(registers)
    return [event.text for event in kernel.events]


def test_trace_lines_read_as_straces(require_tool, tmp_path: Path) -> None:
    theirs = strace_lines(require_tool("strace"), tmp_path)
    ours = our_lines()
    assert theirs.pop() == f"+++ {ours.pop()} +++"
    for call, mine, real in zip(CALLS, ours, theirs, strict=True):
        assert mine == real, call
