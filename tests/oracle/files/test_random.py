"""Random sequences of calls on files: the host's kernel answers each as ours, and leaves the same files behind."""

from __future__ import annotations

import os
import platform
import shutil
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.files.sides import Buffer, Call, compare

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)

AT_FDCWD = -100
NAMES = st.sampled_from([b"a", b"b", b"c", b"a", b"b", b".", b".."])
PATHS = st.one_of(
    st.lists(NAMES, min_size=1, max_size=3).map(b"/".join),
    st.sampled_from([b"a/", b"b/", b"a/b/", b"", b"a//b", b"a/.", b"./a", b"n" * 255, b"n" * 256, b"a/" * 2047 + b"a"]),
)
FDS = st.sampled_from([3, 3, 3, 4, 4, 5, 6, 11, -1, 99])
BASES = st.sampled_from([AT_FDCWD, AT_FDCWD, 3, 4, 5, 99])
MODES = st.sampled_from([0o644, 0o755, 0o777, 0o700, 0o600, 0o444, 0o200, 0o111, 0, 0o4755, 0o2755, 0o1777])
ACCESS = st.sampled_from([0, 1, 2, 2])
BITS = (0x40, 0x40, 0x80, 0x200, 0x400, 0x10000, 0x20000, 0x80000)  # CREAT EXCL TRUNC APPEND DIRECTORY NOFOLLOW CLOEXEC
FLAGS = st.builds(
    lambda access, bits: access | sum({*bits}), ACCESS, st.lists(st.sampled_from(BITS), max_size=3)
)
SIZES = st.sampled_from([0, 1, 5, 100, 4095, 4096, 4097, 9000])
OFFSETS = st.sampled_from([0, 1, 3, 100, 4096, 5000, -1, 70000])
PLACES = st.one_of(OFFSETS, st.sampled_from([-5, 1 << 40]))


def text(size: int) -> bytes:
    return bytes(97 + index % 26 for index in range(size))


def calls() -> st.SearchStrategy[Call]:
    """One call with arguments that have a chance to succeed."""
    out, stat_buffer = SIZES.map(Buffer), st.just(Buffer(144))
    rows: list[st.SearchStrategy[Call]] = [
        st.tuples(st.just("open"), PATHS, FLAGS, MODES),
        st.tuples(st.just("open"), PATHS, st.just(0x42), MODES),
        st.tuples(st.just("openat"), BASES, PATHS, FLAGS, MODES),
        st.tuples(st.just("creat"), PATHS, MODES),
        st.tuples(st.just("close"), FDS),
        FDS.flatmap(lambda fd: out.map(lambda buffer: ("read", fd, buffer, buffer.size))),
        FDS.flatmap(lambda fd: SIZES.map(lambda size: ("write", fd, text(size), size))),
        FDS.flatmap(lambda fd: SIZES.map(lambda size: ("write", fd, text(size), size))),
        st.builds(lambda fd, buffer, at: ("pread64", fd, buffer, buffer.size, at), FDS, out, OFFSETS),
        st.builds(lambda fd, size, at: ("pwrite64", fd, text(size), size, at), FDS, SIZES, OFFSETS),
        st.tuples(st.just("lseek"), FDS, PLACES, st.sampled_from([0, 1, 2, 9])),
        st.tuples(st.just("stat"), PATHS, stat_buffer),
        st.tuples(st.just("lstat"), PATHS, stat_buffer),
        st.tuples(st.just("fstat"), FDS, stat_buffer),
        st.tuples(
            st.just("newfstatat"), BASES, PATHS, stat_buffer, st.sampled_from([0, 0x100, 0x1000, 0x1100, 0x800, 1])
        ),
        st.tuples(
            st.just("statx"), BASES, PATHS, st.sampled_from([0, 0x100, 0x1000, 0x6000]),
            st.sampled_from([0x7FF, 0xFFF]), st.just(Buffer(256)),
        ),
        st.tuples(st.just("mkdir"), PATHS, MODES),
        st.tuples(st.just("mkdir"), PATHS, st.just(0o755)),
        st.tuples(st.just("mkdirat"), BASES, PATHS, MODES),
        st.tuples(st.just("rmdir"), PATHS),
        st.tuples(st.just("unlink"), PATHS),
        st.tuples(st.just("unlinkat"), BASES, PATHS, st.sampled_from([0, 0x200, 1])),
        st.tuples(st.just("rename"), PATHS, PATHS),
        st.tuples(st.just("renameat2"), BASES, PATHS, BASES, PATHS, st.sampled_from([0, 1, 2, 3])),
        st.tuples(st.just("link"), PATHS, PATHS),
        st.tuples(st.just("linkat"), BASES, PATHS, BASES, PATHS, st.sampled_from([0, 0x400, 1])),
        st.tuples(st.just("symlink"), PATHS.filter(lambda path: len(path) < 99), PATHS),
        st.tuples(st.just("readlink"), PATHS, st.just(Buffer(80)), st.sampled_from([80, 2, 0, -1])),
        st.tuples(st.just("chmod"), PATHS, MODES),
        st.tuples(st.just("fchmod"), FDS, MODES),
        st.tuples(st.just("chown"), PATHS, st.sampled_from([-1, 0, 12345]), st.sampled_from([-1, 0, 12345])),
        st.tuples(st.just("fchown"), FDS, st.sampled_from([-1, 0, 12345]), st.just(-1)),
        st.tuples(st.just("truncate"), PATHS, OFFSETS),
        st.tuples(st.just("ftruncate"), FDS, OFFSETS),
        st.tuples(st.just("access"), PATHS, st.sampled_from([0, 1, 2, 4, 6, 7, 8])),
        st.tuples(
            st.just("faccessat2"), BASES, PATHS, st.sampled_from([0, 4, 7]), st.sampled_from([0, 0x200, 0x100, 1])
        ),
        st.tuples(st.just("umask"), st.sampled_from([0, 0o22, 0o77, 0o777])),
        st.tuples(st.just("chdir"), PATHS),
        st.tuples(st.just("fchdir"), FDS),
        st.tuples(st.just("getcwd"), st.just(Buffer(4096)), st.just(4096)),
        st.tuples(st.just("getdents64"), FDS, st.just(Buffer(8000)), st.just(8000)),
        st.tuples(st.just("getdents"), FDS, st.just(Buffer(8000)), st.just(8000)),
        st.tuples(st.just("dup"), FDS),
        st.tuples(st.just("fcntl"), FDS, st.sampled_from([1, 3]), st.just(0)),
        st.tuples(
            st.just("utimensat"), BASES, PATHS, st.just(Buffer(32, struct.pack("<4q", 5, 6, 7, 8))),
            st.sampled_from([0, 0x100]),
        ),
    ]  # fmt: skip
    return st.one_of(rows)


STARTS: list[list[Call]] = [
    [],
    [("mkdir", b"a", 0o755), ("mkdir", b"a/b", 0o755), ("creat", b"a/c", 0o644), ("symlink", b"a/b", b"c")],
    [("mkdir", b"a", 0o555), ("creat", b"b", 0o400), ("symlink", b"c", b"c"), ("open", b".", 0, 0)],
]


USERS = [False, pytest.param(True, marks=pytest.mark.skipif(os.getuid() != 0, reason="only root can be root"))]


@pytest.mark.parametrize("as_root", USERS)
@settings(max_examples=150, deadline=None)
@given(start=st.sampled_from(STARTS), rest=st.lists(calls(), min_size=1, max_size=25))
def test_the_host_answers_the_same(tmp_path_factory: pytest.TempPathFactory, as_root, start, rest) -> None:
    top = tmp_path_factory.mktemp("files")
    try:
        compare([*start, *rest], Path(top), as_root=as_root)
    finally:
        shutil.rmtree(top, ignore_errors=True)
