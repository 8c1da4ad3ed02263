"""Our trace lines of calls on files and strace's, for the same calls on the host: equal, letter by letter."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE
from tests.oracle.files.sides import BASE, LIMIT, PAGES, Buffer, Call, our_kernel, placed, serve

AT_FDCWD = -100
MARK = 12345  # close(MARK) stands before and behind the calls
STAT, STATX, TEXT = Buffer(144), Buffer(256), b"0123456789" * 5

CALLS: list[Call] = [
    ("umask", 0o22), ("umask", 0), ("umask", 0o22),
    ("open", b"a", 0x42, 0o644), ("open", b"a", 0), ("open", b"a", 0xC2, 0o600), ("open", b"none", 0x80000),
    ("openat", AT_FDCWD, b"a", 0x80401, 0), ("openat", 99, b"a", 0x20002, 0), ("openat", 3, b"x", 0x10000, 0),
    ("open", b'q"\n\x01', 0x241, 0), ("creat", b"c", 0o7), ("open", b"a", 0x10241, 0o644), ("open", 0, 0),
    ("write", 3, TEXT, 50), ("lseek", 3, 0, 0), ("read", 3, Buffer(20), 20), ("lseek", 3, -5, 2),
    ("lseek", 3, 0, 3), ("lseek", 3, 0, 4), ("lseek", 3, 0, 9), ("lseek", 3, -99, 1),
    ("pread64", 3, Buffer(64), 64, 5), ("pwrite64", 3, TEXT, 7, 60), ("pread64", 3, Buffer(8), 8, -1),
    ("pread64", 99, Buffer(8), 8, 1),
    ("stat", b"a", STAT), ("lstat", b"none", STAT), ("fstat", 3, STAT), ("fstat", 99, STAT), ("stat", b"a", 8),
    ("newfstatat", AT_FDCWD, b"a", STAT, 0), ("newfstatat", 3, b"", STAT, 0x1000), ("stat", b"/dev/null", STAT),
    ("newfstatat", AT_FDCWD, b"a", STAT, 0x100), ("newfstatat", AT_FDCWD, b"a", STAT, 0x40000000),
    ("statx", AT_FDCWD, b"a", 0, 0x7FF, 8), ("statx", AT_FDCWD, b"none", 0x4100, 0xFFF, STATX),
    ("statx", AT_FDCWD, b"none", 0x6000, 0x21, STATX),
    ("mkdir", b"d", 0o755), ("mkdir", b"d", 0o755), ("mkdirat", AT_FDCWD, b"d/e", 0o1777), ("rmdir", b"d"),
    ("open", b"d", 0x10000), ("getdents64", 11, Buffer(500), 500), ("getdents64", 11, Buffer(500), 500),
    ("getdents", 3, Buffer(500), 500), ("link", b"a", b"b"), ("linkat", AT_FDCWD, b"a", AT_FDCWD, b"b", 0x400),
    ("symlink", b"told", b"l"), ("symlinkat", b"told", AT_FDCWD, b"l"), ("readlink", b"l", Buffer(50), 50),
    ("readlink", b"l", Buffer(50), 2), ("readlinkat", AT_FDCWD, b"a", Buffer(50), 50), ("lstat", b"l", STAT),
    ("rename", b"b", b"B"), ("renameat", AT_FDCWD, b"B", AT_FDCWD, b"b"),
    ("renameat2", AT_FDCWD, b"a", AT_FDCWD, b"b", 1), ("renameat2", AT_FDCWD, b"a", AT_FDCWD, b"b", 2),
    ("renameat2", AT_FDCWD, b"a", AT_FDCWD, b"none", 6), ("renameat2", AT_FDCWD, b"a", AT_FDCWD, b"none", 16),
    ("unlink", b"l"), ("unlink", b"l"), ("unlinkat", AT_FDCWD, b"d/e", 0x200), ("unlinkat", AT_FDCWD, b"d", 2),
    ("chmod", b"a", 0o4711), ("stat", b"a", STAT), ("chmod", b"none", 0), ("fchmod", 3, 0o644),
    ("fchmodat", AT_FDCWD, b"a", 0o600), ("chown", b"none", -1, -1), ("fchown", 99, 1, 2), ("lchown", b"none", 1, -1),
    ("fchownat", AT_FDCWD, b"none", 1, -1, 0x100),
    ("access", b"a", 0), ("access", b"a", 6), ("access", b"none", 1), ("access", b"a", 8),
    ("faccessat", AT_FDCWD, b"a", 4), ("faccessat2", AT_FDCWD, b"a", 4, 0x200), ("faccessat2", 99, b"a", 0, 0x100),
    ("truncate", b"a", 5), ("truncate", b"a", -1), ("ftruncate", 3, 0), ("ftruncate", 99, 7),
    ("chdir", b"d"), ("getcwd", 8, 4096), ("getcwd", Buffer(2), 2), ("chdir", b"none"), ("fchdir", 99),
    ("utimensat", AT_FDCWD, b"../a", Buffer(32, struct.pack("<4q", 5, 6, 7, 8)), 0), ("utimensat", 3, 0, 0, 0),
    ("utimensat", AT_FDCWD, b"../a", Buffer(32, struct.pack("<4q", 5, 0x3FFFFFFE, 7, 0x3FFFFFFF)), 0x100),
    ("utimensat", AT_FDCWD, b"none", Buffer(32, struct.pack("<4q", 5, 1 << 31, 7, 8)), 0),
    ("mknod", b"p", 0o10640, 0), ("mknod", b"p", 0o10640, 0), ("mknodat", AT_FDCWD, b"n", 0o644, 0x103),
    ("mknod", b"none/x", 0o20640, 0x103), ("fsync", 3), ("fdatasync", 99), ("close", 3), ("rmdir", b"../d"),
    ("open", b".", 0),
]  # fmt: skip

CHILD = """
import ctypes, os, resource
libc = ctypes.CDLL(None)
libc.syscall.argtypes = [ctypes.c_ulong] * 7
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
assert libc.mmap(BASE, SIZE, 3, 0x100022, -1, 0) == BASE
os.closerange(3, 100)
for number, registers, writes in CALLS:
    for at, data in writes:
        ctypes.memmove(at, data, len(data))
    libc.syscall(number, *registers, *[0] * (6 - len(registers)))
"""


def strace_lines(strace: str, folder: Path) -> list[str]:
    """What strace prints between the marks."""
    calls = [(3, [MARK], []), *((LINUX.numbers[call[0]], *placed(call)[:2]) for call in CALLS), (3, [MARK], [])]
    script, log, work = folder / "calls.py", folder / "log", folder / "work"
    work.mkdir()
    values = {"BASE": str(BASE), "SIZE": str(PAGES * PAGE), "CALLS": repr(calls), "LIMIT": str(LIMIT)}
    script.write_text(re.sub(r"\b(BASE|SIZE|CALLS|LIMIT)\b", lambda found: values[found[0]], CHILD))
    done = subprocess.run(
        [strace, "-o", str(log), sys.executable, "-I", "-S", str(script)], cwd=work, capture_output=True, text=True,
        env={**os.environ, "TZ": "UTC"},
    )  # fmt: skip
    lines = log.read_text().splitlines() if log.exists() else []
    marks = [index for index, line in enumerate(lines) if line.startswith(f"close({MARK})")]
    if not marks and "ptrace" in done.stderr.lower():
        pytest.skip("this machine doesn't let strace trace")
    assert len(marks) == 2, done.stderr
    return [re.sub(r" {2,}=", " =", line) for line in lines[marks[0] + 1 : marks[1]]]


def our_lines() -> list[str]:
    kernel: Kernel = our_kernel(as_root=True)
    kernel.process.files.limit = 1024
    kernel.observe = True
    for call in CALLS:
        serve(kernel, call)
    return [event.text for event in kernel.events]


@pytest.mark.skipif(sys.platform != "linux", reason="the host isn't Linux")
def test_trace_lines_read_as_straces(require_tool: Callable[..., str], tmp_path: Path) -> None:
    theirs = strace_lines(require_tool("strace"), tmp_path)
    wrong = [
        f"{mine}\n  {real}" for mine, real in zip(our_lines(), theirs, strict=True) if mine != real
    ]
    assert not wrong, "\n".join(wrong)
