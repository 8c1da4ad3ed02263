"""Chosen sequences of calls on files: the edges that random ones seldom meet. Nothing expected is written here."""

from __future__ import annotations

import platform
import struct
import sys
from pathlib import Path

import pytest

from tests.oracle.files.sides import BASE, HOLE, Buffer, Call, compare

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)

AT_FDCWD, RLIMIT_FSIZE = -100, 1
TEXT = b"0123456789abcdef"
MADE: list[Call] = [("open", b"f", 0x42, 0o644), ("write", 3, TEXT, 16)]  # descriptor 3, at 16
IOV = BASE + 0x8000  # behind what `placed` uses


def limit(size: int) -> list[Call]:
    """A lower RLIMIT_FSIZE, and SIGXFSZ ignored."""
    action = Buffer(32, struct.pack("<4Q", 1, 0, 0, 0))
    return [("rt_sigaction", 25, action, 0, 8), ("setrlimit", RLIMIT_FSIZE, Buffer(16, struct.pack("<2Q", size, size)))]


def vector(*buffers: tuple[int, int]) -> bytes:
    return b"".join(struct.pack("<2Q", *buffer) for buffer in buffers)


def two(*buffers: tuple[int, int]) -> Buffer:
    return Buffer(16 * len(buffers), vector(*buffers))


CASES: dict[str, list[Call]] = {
    "read across the end of memory": [
        *MADE, ("lseek", 3, 0, 0), ("read", 3, HOLE - 5, 16), ("lseek", 3, 0, 1), ("write", 3, HOLE - 5, 5),
    ],
    "read to no memory": [*MADE, ("lseek", 3, 0, 0), ("read", 3, HOLE, 4), ("read", 3, HOLE, 0), ("lseek", 3, 0, 1)],
    "read to no memory at the end of the file": [*MADE, ("read", 3, HOLE, 4)],
    "pread across the end of memory": [*MADE, ("pread64", 3, HOLE - 5, 16, 3), ("pwrite64", 3, HOLE - 5, 16, 20)],
    "write across the end of memory": [*MADE, ("write", 3, HOLE - 7, 100), ("lseek", 3, 0, 1), ("write", 3, HOLE, 1)],
    "write of nothing from no memory": [*MADE, ("write", 3, HOLE, 0), ("pwrite64", 3, HOLE, 0, 99)],
    "write behind the end leaves a hole": [
        *MADE, ("lseek", 3, 9000, 0), ("write", 3, TEXT, 5), ("fstat", 3, Buffer(144)),
    ],
    "holes are found": [
        *MADE, ("pwrite64", 3, TEXT, 4, 1 << 20), ("lseek", 3, 0, 4), ("lseek", 3, 1 << 16, 3),
        ("lseek", 3, 1 << 20, 4), ("lseek", 3, (1 << 20) + 4, 3), ("lseek", 3, (1 << 20) + 4, 4), ("lseek", 3, -1, 3),
    ],
    "truncate and read": [
        *MADE, ("ftruncate", 3, 5), ("lseek", 3, 0, 1), ("read", 3, Buffer(9), 9), ("ftruncate", 3, 9),
        ("pread64", 3, Buffer(20), 20, 0), ("write", 3, TEXT, 2),
    ],
    "truncated bytes don't come back": [
        *MADE, ("ftruncate", 3, 3), ("ftruncate", 3, 16), ("pread64", 3, Buffer(16), 16, 0),
    ],
    "several buffers": [
        *MADE, ("preadv", 3, two((BASE + 0x9000, 3), (BASE + 0x9100, 5)), 2, 2), ("lseek", 3, 0, 0),
        ("writev", 3, two((BASE + 0x9000, 3), (BASE + 0x9100, 5)), 2), ("lseek", 3, 4, 0),
        ("readv", 3, two((BASE + 0x9000, 1), (0, 0), (BASE + 0x9000, 9)), 3), ("pwritev", 3, two((BASE, 4)), 1, 30),
        ("preadv", 3, two((BASE, 4)), 1, -1), ("pwritev", 3, two((BASE, 4)), 1025, 0),
        ("preadv", 99, two((BASE, 4)), 1, 0),
    ],
    "several buffers, one of them nowhere": [
        *MADE, ("lseek", 3, 0, 0), ("readv", 3, two((BASE + 0x9000, 3), (HOLE, 5), (BASE + 0x9000, 2)), 3),
        ("lseek", 3, 0, 1), ("writev", 3, two((BASE + 0x9000, 3), (HOLE, 5)), 2), ("lseek", 3, 0, 1),
    ],
    "a file's limit": [
        *limit(20), *MADE, ("write", 3, TEXT, 16), ("write", 3, TEXT, 1), ("pwrite64", 3, TEXT, 1, 19),
        ("pwrite64", 3, TEXT, 2, 20), ("ftruncate", 3, 20), ("ftruncate", 3, 21), ("truncate", b"f", 50),
        ("ftruncate", 3, 5),
    ],
    "listings in buffers of every size": [
        ("mkdir", b"d", 0o755), ("creat", b"d/a", 0o644), ("creat", b"d/bcdefghijk", 0o644), ("open", b"d", 0, 0),
        ("getdents64", 5, Buffer(10), 10), ("getdents", 5, Buffer(10), 10), ("getdents64", 5, HOLE, 500),
        ("getdents64", 99, Buffer(10), 10), ("getdents64", 3, Buffer(500), 500), ("getdents64", 5, Buffer(500), 500),
        ("getdents64", 5, Buffer(500), 500), ("lseek", 5, 0, 0), ("getdents", 5, Buffer(500), 500),
    ],
    "a listing of a directory that is gone": [
        ("mkdir", b"d", 0o755), ("open", b"d", 0, 0), ("rmdir", b"d"), ("getdents64", 3, Buffer(500), 500),
        ("fstat", 3, Buffer(144)), ("openat", 3, b"x", 0x42, 0o644), ("mkdirat", 3, b"x", 0o755), ("fchdir", 3),
        ("getcwd", Buffer(500), 500), ("stat", b".", Buffer(144)), ("stat", b"x", Buffer(144)), ("chdir", b".."),
    ],
    "a link that leads to itself with a slash": [
        ("symlink", b"a/", b"a"), ("creat", b"a", 0o644), ("open", b"a", 0, 0), ("symlink", b"none/", b"b"),
        ("creat", b"b", 0o644), ("mkdir", b"none", 0o755), ("creat", b"b", 0o644), ("open", b"b", 0, 0),
    ],
    "links go round in a circle": [
        ("symlink", b"b", b"a"), ("symlink", b"a", b"b"), ("open", b"a", 0, 0), ("open", b"a/x", 0, 0),
        ("unlink", b"a"),
        ("open", b"b", 0x42, 0o644), ("lstat", b"a", Buffer(144)),
    ],
    "forty links are followed, and one more is not": [
        ("creat", b"0", 0o644), *(("symlink", b"%d" % i, b"%d" % (i + 1)) for i in range(42)), ("open", b"40", 0, 0),
        ("open", b"41", 0, 0), ("stat", b"40", Buffer(144)), ("mkdir", b"d", 0o755), ("symlink", b".", b"d/l"),
        ("stat", b"d" + b"/l" * 40, Buffer(144)), ("stat", b"d" + b"/l" * 41, Buffer(144)),
    ],
    "a working directory that may not be searched": [
        ("mkdir", b"d", 0o755), ("creat", b"d/f", 0o644), ("open", b"d", 0, 0), ("chdir", b"d"), ("chmod", b".", 0o600),
        ("stat", b"f", Buffer(144)), ("stat", b".", Buffer(144)), ("getdents64", 4, Buffer(500), 500),
        ("openat", 4, b"f", 0, 0), ("fchdir", 4), ("chdir", b"."),
    ],
    "a directory that may not be listed or changed": [
        ("mkdir", b"d", 0o711), ("creat", b"d/f", 0o644), ("chmod", b"d", 0o100), ("open", b"d", 0, 0),
        ("stat", b"d/f", Buffer(144)), ("creat", b"d/g", 0o644), ("unlink", b"d/f"), ("rename", b"d/f", b"f"),
        ("chmod", b"d", 0o300), ("open", b"d", 0, 0), ("rename", b"d/f", b"f"), ("rmdir", b"d"),
    ],
    "a directory moved into another one needs its own permission": [
        ("mkdir", b"d", 0o755), ("mkdir", b"d/e", 0o555), ("rename", b"d/e", b"d/f"), ("rename", b"d/f", b"e"),
        ("chmod", b"d/f", 0o755), ("rename", b"d/f", b"e"),
    ],
    "set-user-ID goes with a write": [
        ("open", b"f", 0x42, 0o6755), ("fchmod", 3, 0o6755), ("fstat", 3, Buffer(144)), ("write", 3, TEXT, 1),
        ("fstat", 3, Buffer(144)), ("fchmod", 3, 0o6644), ("truncate", b"f", 0), ("fstat", 3, Buffer(144)),
        ("fchmod", 3, 0o6755), ("fchown", 3, -1, -1), ("fstat", 3, Buffer(144)),
    ],
    "set-group-ID is handed down": [
        ("mkdir", b"d", 0o755), ("chmod", b"d", 0o2755), ("mkdir", b"d/e", 0o755), ("creat", b"d/f", 0o644),
        ("stat", b"d/e", Buffer(144)), ("stat", b"d/f", Buffer(144)),
    ],
    "devices": [
        ("open", b"/dev/null", 2, 0), ("open", b"/dev/zero", 2, 0), ("open", b"/dev/full", 2, 0),
        ("read", 3, Buffer(4), 4),
        ("read", 4, Buffer(4), 4), ("read", 5, Buffer(4), 4), ("write", 3, TEXT, 4), ("write", 4, TEXT, 4),
        ("write", 5, TEXT, 4), ("lseek", 3, 5, 0), ("lseek", 4, 5, 1), ("read", 4, HOLE - 2, 4), ("write", 4, HOLE, 4),
        ("read", 4, HOLE, 4), ("ftruncate", 3, 0), ("getdents64", 3, Buffer(9), 9), ("pread64", 4, Buffer(4), 4, 100),
        ("open", b"/dev/null/", 0, 0), ("mkdir", b"/dev/null/x", 0o755), ("ioctl", 3, 0x5401, Buffer(64)),
        ("fsync", 3), ("fstat", 3, Buffer(144)), ("open", b"/dev/null", 0x241, 0o644),
    ],
    "a pipe with a name": [
        ("mknod", b"p", 0o10666, 0), ("lstat", b"p", Buffer(144)), ("open", b"p", 0x801, 0), ("open", b"p", 0x800, 0),
        ("open", b"p", 0x801, 0), ("write", 4, TEXT, 7), ("read", 3, Buffer(20), 20), ("read", 3, Buffer(20), 20),
        ("fstat", 3, Buffer(144)), ("lseek", 3, 0, 0), ("truncate", b"p", 0), ("open", b"p", 0x801, 0), ("close", 4),
        ("read", 3, Buffer(20), 20), ("write", 5, TEXT, 3), ("close", 5), ("read", 3, Buffer(20), 20),
        ("read", 3, Buffer(20), 20), ("close", 3), ("open", b"p", 0x801, 0), ("unlink", b"p"), ("open", b"p", 0x800, 0),
    ],
    "what mknod makes": [
        ("mknod", b"f", 0o644, 0), ("mknod", b"g", 0o100755, 0), ("mknod", b"d", 0o40755, 0),
        ("mknod", b"x", 0o50000, 0),
        ("mknod", b"f", 0o10644, 0), ("mknodat", AT_FDCWD, b"none/x", 0o10644, 0), ("mknodat", 99, b"x", 0o10644, 0),
        ("mknod", b"null", 0o20666, 0x103), ("stat", b"f", Buffer(144)), ("mknod", b"q/", 0o10644, 0),
    ],
    "what a pipe is": [
        ("pipe", Buffer(8)), ("lseek", 3, 0, 0), ("pread64", 3, Buffer(4), 4, 0), ("pwrite64", 4, TEXT, 4, 0),
        ("ftruncate", 4, 0), ("fsync", 4), ("fchdir", 3), ("getdents64", 3, Buffer(9), 9), ("write", 4, TEXT, 7),
        ("ioctl", 3, 0x541B, Buffer(4)), ("ioctl", 4, 0x541B, Buffer(4)), ("ioctl", 3, 0x5401, Buffer(64)),
        ("fstat", 3, Buffer(144)), ("fchmod", 3, 0o640), ("fstat", 4, Buffer(144)), ("fchown", 4, -1, -1),
    ],
    "what a file's ioctl tells": [
        *MADE, ("ioctl", 3, 0x541B, Buffer(4)), ("lseek", 3, 5, 0), ("ioctl", 3, 0x541B, Buffer(4)),
        ("lseek", 3, 50, 0), ("ioctl", 3, 0x541B, Buffer(4)), ("ioctl", 3, 0x5401, Buffer(64)),
    ],
    "status flags": [
        ("open", b"f", 0x42, 0o644), ("fcntl", 3, 3, 0), ("fcntl", 3, 4, 0x400), ("fcntl", 3, 3, 0),
        ("write", 3, TEXT, 4),
        ("lseek", 3, 0, 0), ("write", 3, TEXT, 4), ("fcntl", 3, 4, 0), ("pwrite64", 3, b"X", 1, 0),
        ("write", 3, TEXT, 1),
        ("open", b".", 0x30000, 0), ("fcntl", 4, 3, 0), ("open", b"f", 0x80801, 0), ("fcntl", 5, 3, 0),
        ("fcntl", 5, 1, 0),
    ],
    "an appending pwrite goes to the end": [
        *MADE, ("open", b"f", 0x401, 0), ("pwrite64", 4, TEXT, 3, 2), ("lseek", 4, 0, 1),
    ],
    "access mode 3": [*MADE, ("open", b"f", 3, 0), ("read", 4, Buffer(3), 3), ("write", 4, TEXT, 3), ("fcntl", 4, 3, 0),
                      ("chmod", b"f", 0o444), ("open", b"f", 3, 0)],
    "open of a directory with O_CREAT": [
        ("mkdir", b"d", 0o755), ("open", b"d", 0x40, 0o644), ("open", b"d", 0xC0, 0o644), ("open", b".", 0x40, 0o644),
        ("open", b"d/.", 0x42, 0o644), ("open", b"d/..", 0x40, 0o644), ("open", b"/", 0x40, 0o644),
        ("open", b"d/", 0x40, 0o644),
    ],
    "slashes behind links": [
        ("creat", b"f", 0o644), ("mkdir", b"d", 0o755), ("symlink", b"f", b"lf"), ("symlink", b"d", b"ld"),
        ("symlink", b"none/", b"ln"), ("symlink", b"d/", b"ls"), ("open", b"lf/", 0, 0), ("open", b"ld/", 0, 0),
        ("open", b"ln", 0x42, 0o644), ("open", b"ls", 0x40, 0o644), ("lstat", b"ld/", Buffer(144)), ("unlink", b"ld/"),
        ("rmdir", b"ld/"), ("rename", b"ld/", b"x"), ("readlink", b"ld/", Buffer(9), 9), ("mkdir", b"ln", 0o755),
        ("mkdir", b"ln/", 0o755), ("symlink", b"x", b"lf/"), ("rename", b"d", b"ld"), ("rename", b"d", b"lf/"),
        ("link", b"lf/", b"y"), ("chdir", b"lf"), ("truncate", b"lf/", 0), ("access", b"lf/", 0),
    ],
    "utimensat": [
        ("creat", b"f", 0o444), ("utimensat", AT_FDCWD, b"f", 0, 0), ("utimensat", 3, 0, 0, 0),
        ("utimensat", 3, 0, 0, 0x100),
        ("utimensat", AT_FDCWD, 0, 0, 0), ("utimensat", 99, 0, 0, 0), ("utimensat", AT_FDCWD, b"f", 8, 0),
        ("utimensat", AT_FDCWD, b"f", Buffer(32, struct.pack("<4q", 1, 0x3FFFFFFE, 1, 0x3FFFFFFE)), 1 << 20),
    ],
    "many files": [*(("creat", b"%d" % i, 0o600) for i in range(12)), ("dup", 3), ("open", b"none", 0, 0), ("close", 5),
                   ("open", b"none", 0, 0), ("openat", 7, b"x", 0, 0)],
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_host_answers_the_same(name: str, tmp_path: Path) -> None:
    compare(CASES[name], tmp_path / "top")
