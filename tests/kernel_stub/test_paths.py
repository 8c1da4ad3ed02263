"""Calls that take a path, where there are no files: open, access, stat, readlink and their like, getcwd."""

import struct

import pytest

AT_FDCWD, AT_EMPTY_PATH = -100, 0x1000


@pytest.fixture
def guest(linux):
    """A path at rw; an unterminated one in front of the hole."""
    linux.put(linux.rw, b"/etc/passwd\0")
    linux.put(linux.hole - 4, b"/etc")
    return linux


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (("open", 0x10000, 0, 0), 'open("/etc/passwd", O_RDONLY, 0)'),
        (("open", 0x10000, 0x241, 0o644), 'open("/etc/passwd", O_WRONLY|O_CREAT|O_TRUNC, 0644)'),
        (("openat", AT_FDCWD, 0x10000, 0x80000, 0), 'openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC, 0)'),
        (("access", 0x10000, 4), 'access("/etc/passwd", R_OK)'),
        (("access", 0x10000, 0), 'access("/etc/passwd", F_OK)'),
        (("faccessat", 3, 0x10000, 3), 'faccessat(3, "/etc/passwd", W_OK|X_OK)'),
        (("stat", 0x10000, 0x10800), 'stat("/etc/passwd", 0x10800)'),
        (("lstat", 0x10000, 0x10800), 'lstat("/etc/passwd", 0x10800)'),
        (("newfstatat", AT_FDCWD, 0x10000, 0x10800, 0), 'newfstatat(AT_FDCWD, "/etc/passwd", 0x10800, 0)'),
        (("readlink", 0x10000, 0x10800, 9), 'readlink("/etc/passwd", 0x10800, 9)'),
        (("readlinkat", AT_FDCWD, 0x10000, 0x10800, 9), 'readlinkat(AT_FDCWD, "/etc/passwd", 0x10800, 9)'),
    ],
)
def test_there_is_no_file_and_the_trace_says_why(guest, call, text):
    assert guest.call(*call) == "ENOENT"
    assert guest.text == f"{text} = -1 ENOENT (No such file or directory) [not simulated]"


@pytest.mark.parametrize(
    ("address", "expected"), [(0x12000, "EFAULT"), (0x11FFC, "EFAULT"), (0x100FF, "ENOENT"), (0, "EFAULT")]
)
def test_a_path_is_read_first(guest, address, expected):
    """A hole, a string that runs into it, the empty string, a null pointer."""
    assert guest.call("open", address, 0, 0) == expected


def test_a_path_that_is_too_long(guest):
    guest.put(guest.rw, b"a" * 4096 + b"\0")
    assert guest.call("open", guest.rw, 0, 0) == "ENAMETOOLONG"
    guest.put(guest.rw, b"a" * 4095 + b"\0")
    assert guest.call("open", guest.rw, 0, 0) == "ENOENT"


def test_an_open_file_is_the_terminal(guest):
    assert guest.call("fstat", 1, guest.rw) == 0
    mode, uid, gid = struct.unpack_from("<III", guest.memory.copy_in(guest.rw, 144), 24)
    assert (oct(mode), uid, gid) == ("0o20620", 1000, 5)
    first = guest.memory.copy_in(guest.rw, 144)
    guest.put(guest.rw + 0x900, b"\0")
    assert guest.call("newfstatat", 1, guest.rw + 0x900, guest.rw, AT_EMPTY_PATH) == 0
    assert guest.text == 'newfstatat(1, "", 0x10000, AT_EMPTY_PATH) = 0'
    assert guest.memory.copy_in(guest.rw, 144) == first


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("fstat", 9, 0x10000), "EBADF"),
        (("fstat", 1, 0x12000), "EFAULT"),
        (("newfstatat", 9, 0x10F00, 0x10000, AT_EMPTY_PATH), "EBADF"),
        (("newfstatat", 1, 0x10F00, 0x10000, 0), "ENOENT"),
        (("newfstatat", AT_FDCWD, 0x10F00, 0x10000, AT_EMPTY_PATH), "ENOENT"),
        (("newfstatat", 1, 0x10F00, 0x10000, 0x80000000), "EINVAL"),
        (("access", 0x10000, 8), "EINVAL"),
        (("readlink", 0x10000, 0x10000, 0), "EINVAL"),
        (("readlink", 0x10000, 0x10000, -1), "EINVAL"),
        (("getcwd", 0x10000, 1), "ERANGE"),
        (("getcwd", 0x10000, 0), "ERANGE"),
        (("getcwd", 0x12000, 10), "EFAULT"),
    ],
)
def test_answers(guest, call, expected):
    assert guest.call(*call) == expected


def test_a_program_can_ask_for_its_own_path(guest):
    guest.put(guest.rw, b"/proc/self/exe\0")
    assert guest.call("readlink", guest.rw, guest.rw + 64, 64) == "ENOENT"  # a routine has none
    guest.kernel.process.executable = "/bin/program"
    assert guest.call("readlink", guest.rw, guest.rw + 64, 64) == 12
    assert guest.text == 'readlink("/proc/self/exe", "/bin/program", 64) = 12'
    assert guest.call("readlink", guest.rw, guest.rw + 64, 4) == 4


def test_the_working_directory(guest):
    assert guest.call("getcwd", guest.rw, 2) == 2
    assert guest.memory.copy_in(guest.rw, 2) == b"/\0"
