"""poll, ppoll, select and pselect6 on pipes: our trace lines and strace's, for the same calls on the host.

The times that are left are cut off: the host's clock runs on.
"""

from __future__ import annotations

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

BASE = 0x2A00_0000_0000
IN, OUT, TIME, MASK, ROWS, DATA = (BASE + 0x100 * index for index in range(1, 7))
HOLE = BASE + PAGE
MARK = 12345
R, W = 30, 31  # a pipe's ends
RDNORM, WRNORM = 0x40, 0x100

# A call, or bytes that are written to memory at an address.
Step = tuple[str | int, ...]


def fds(address: int, *members: int) -> Step:
    return ("put", address, sum(1 << fd for fd in members) | 1 << 1024)


def pair(address: int, first: int, second: int) -> Step:
    return ("put", address, int.from_bytes(struct.pack("<qq", first, second), "little") | 1 << 128)


def rows(*listed: tuple[int, int]) -> Step:
    data = b"".join(struct.pack("<iHH", fd, events, 0xFFFF) for fd, events in listed)
    return ("put", ROWS, int.from_bytes(data, "little") | 1 << 8 * len(data))

STEPS: list[Step] = [
    ("pipe2", DATA, 0), ("dup2", "first", R), ("dup2", "second", W),
    fds(IN, R), fds(OUT, W), pair(TIME, 5, 0), ("select", 40, IN, OUT, 0, TIME),
    fds(IN, R), pair(TIME, 0, 5000), ("select", 40, IN, 0, 0, TIME),
    fds(IN, R), pair(TIME, 0, 0), ("select", 40, IN, 0, IN, TIME),
    fds(IN, R, 39), ("select", 40, IN, 0, 0, 0), ("select", 39, IN, OUT, 0, TIME),
    pair(TIME, 0, 1000), ("select", 0, 0, 0, 0, TIME), ("select", -1, IN, 0, 0, TIME),
    pair(TIME, -1, 0), ("select", 40, IN, 0, 0, TIME), pair(TIME, 0, -5), ("select", 0, 0, 0, 0, TIME),
    pair(TIME, 0, 1_000_100), fds(OUT, W), ("select", 40, 0, OUT, 0, TIME),
    ("select", 40, HOLE, 0, 0, 0), ("select", 40, 0, 0, 0, HOLE), fds(IN, R), fds(OUT, W),
    ("select", 1024, IN, OUT, 0, 0), ("write", W, BASE, 2),
    fds(IN, R), fds(OUT, W), ("select", 40, IN, OUT, 0, 0), fds(IN, W), fds(OUT, R), pair(TIME, 0, 0),
    ("select", 40, IN, OUT, 0, TIME), fds(IN, R), fds(OUT, W), pair(MASK, BASE + 0x80, 8), pair(TIME, 1, 5),
    ("pselect6", 40, IN, OUT, 0, TIME, MASK), ("pselect6", 40, IN, 0, 0, 0, 0), pair(MASK, 0, 8),
    ("pselect6", 40, IN, 0, 0, 0, MASK), pair(MASK, BASE + 0x80, 4), ("pselect6", 40, IN, 0, 0, 0, MASK),
    ("pselect6", 40, IN, 0, 0, 0, HOLE), pair(MASK, HOLE, 8), ("pselect6", 40, IN, 0, 0, 0, MASK),
    rows((R, 1), (W, 4)), ("poll", ROWS, 2, -1),
    rows((R, 1 | RDNORM), (W, 4 | WRNORM), (99, 1), (-1, 1)), ("poll", ROWS, 4, 0), ("poll", ROWS, 1, 5),
    rows((W, 1)), ("poll", ROWS, 1, 5), ("poll", 0, 0, 0), ("poll", HOLE, 1, 5), rows((R, 4), (W, 1 | 0x40)),
    ("poll", ROWS, 2, 0), rows(*[(R, 1)] * 31), ("poll", ROWS, 31, 0), rows((R, 0x4000)), ("poll", ROWS, 1, 0),
    rows((R, 1), (W, 4)), pair(TIME, 1, 0), ("ppoll", ROWS, 2, TIME, BASE + 0x80, 8), ("ppoll", ROWS, 2, 0, 0, 8),
    pair(TIME, 0, 1000), rows((W, 1)), ("ppoll", ROWS, 1, TIME, 0, 8), ("ppoll", ROWS, 1, TIME, BASE + 0x80, 7),
    pair(TIME, 0, 1_000_000_000), ("ppoll", ROWS, 1, TIME, 0, 8),
    ("read", R, BASE, 2), *[("write", W, BASE, 4096)] * 15, rows((W, 4)), ("poll", ROWS, 1, 0),
    ("write", W, BASE, 1), ("poll", ROWS, 1, 0), fds(OUT, W), pair(TIME, 0, 0), ("select", 40, 0, OUT, 0, TIME),
    ("close", "first"), ("close", "second"), ("dup2", W, 41), ("close", W), rows((R, 1)), ("poll", ROWS, 1, 0),
    ("close", 41), ("poll", ROWS, 1, 0), *[("read", R, BASE, 4096)] * 16, ("poll", ROWS, 1, 0),
    fds(IN, R), fds(OUT, R), ("select", 40, IN, OUT, 0, 0),
    ("pipe2", DATA, 0), ("close", "first"), rows((-1, 0)), ("dup2", "second", W), rows((W, 4), (W, 1)),
    ("poll", ROWS, 2, 0), fds(IN, W), fds(OUT, W), ("select", 40, IN, OUT, 0, 0),
]  # fmt: skip

CHILD = f"""
import ctypes
libc = ctypes.CDLL(None)
libc.syscall.argtypes = [ctypes.c_ulong] * 7
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
assert libc.mmap({BASE}, {PAGE}, 3, 0x100022, -1, 0) == {BASE}
ctypes.memset({BASE + 0x80}, 2, 2)


def fd(name):
    return ctypes.c_int.from_address({DATA} + 4 * (name == "second")).value
for name, *arguments in STEPS:
    if name == "put":
        data = arguments[1].to_bytes(arguments[1].bit_length() // 8 + 1, "little")[:-1]
        ctypes.memmove(arguments[0], data, len(data))
    else:
        values = [fd(a) if isinstance(a, str) else a & {MASK64} for a in arguments]
        libc.syscall(name, *values, *[0] * (6 - len(values)))
"""

SHOWN = re.compile(r"(p?select6?|p?poll)\(")
LEFT = re.compile(r"(, )?left \{[^}]*\}")


def numbered() -> list[list[str | int]]:
    return [[name if name == "put" else LINUX.resolve(str(name)), *arguments] for name, *arguments in STEPS]


def strace_lines(strace: str, folder: Path) -> list[str]:
    script = folder / "calls.py"
    script.write_text(CHILD.replace("STEPS", repr([[3, MARK], *numbered()])))
    log = folder / "log"
    done = subprocess.run(
        [strace, "-o", str(log), sys.executable, "-I", "-S", str(script)], capture_output=True, text=True, timeout=30
    )
    lines = log.read_text().splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith(f"close({MARK})")), None)
    if start is None and "ptrace" in done.stderr.lower():
        pytest.skip("this machine doesn't let strace trace")
    assert start is not None, done.stderr
    return [LEFT.sub("", re.sub(r" {2,}=", " =", line)) for line in lines[start:] if SHOWN.match(line)]


def our_lines() -> list[str]:
    memory = PageMemory()
    memory.map(BASE, PAGE)
    memory.poke(BASE + 0x80, b"\2\2")
    kernel = Kernel(LINUX, memory)
    kernel.observe = True
    for number, *arguments in numbered():
        if number == "put":
            address, packed = (int(argument) for argument in arguments)
            memory.poke(address, packed.to_bytes(packed.bit_length() // 8 + 1, "little")[:-1])
            continue
        first, second = struct.unpack("<2i", memory.copy_in(DATA, 8))
        names = {"first": first, "second": second}
        registers = Registers(rax=int(number))
        for register, argument in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments, strict=False):
            setattr(registers, register, names[argument] if isinstance(argument, str) else argument)
        kernel.syscall(registers)
    return [LEFT.sub("", event.text) for event in kernel.events if SHOWN.match(event.text)]


def test_lines_read_as_straces(require_tool, tmp_path: Path) -> None:
    theirs, ours = strace_lines(require_tool("strace"), tmp_path), our_lines()
    calls = [step for step in STEPS if SHOWN.match(f"{step[0]}(")]
    assert len(calls) > 40
    for call, mine, real in zip(calls, ours, theirs, strict=True):
        assert mine == real, call
