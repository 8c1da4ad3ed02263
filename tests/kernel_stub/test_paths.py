"""Calls that take a path, where the path can't be had or there is no such file (Linux)."""

import pytest

AT_FDCWD = -100


@pytest.fixture
def guest(linux):
    """A path at rw; an unterminated one in front of the hole."""
    linux.put(linux.rw, b"/etc/passwd\0")
    linux.put(linux.hole - 4, b"/etc")
    return linux


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (("open", 0x10000, 0, 0), 'open("/etc/passwd", O_RDONLY)'),
        (("open", 0x10000, 0x241, 0o644), 'open("/etc/passwd", O_WRONLY|O_CREAT|O_TRUNC, 0644)'),
        (("openat", AT_FDCWD, 0x10000, 0x80000, 0), 'openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC)'),
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
def test_there_is_no_file(guest, call, text):
    assert guest.call(*call) == "ENOENT"
    assert guest.text == f"{text} = -1 ENOENT (No such file or directory)"


@pytest.mark.parametrize(
    ("address", "expected"), [(0x12000, "EFAULT"), (0x11FFC, "EFAULT"), (0x100FF, "ENOENT"), (0, "EFAULT")]
)
def test_a_path_is_read_first(guest, address, expected):
    """A hole, a string that runs into it, the empty string, a null pointer."""
    assert guest.call("open", address, 0, 0) == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("fstat", 9, 0x10000), "EBADF"),
        (("readlink", 0x10000, 0x10000, 0), "EINVAL"),
        (("readlink", 0x10000, 0x10000, -1), "EINVAL"),
        (("getcwd", 0x10000, 1), "ERANGE"),
        (("getcwd", 0x10000, 0), "ERANGE"),
        (("getcwd", 0x12000, 10), "EFAULT"),
    ],
)
def test_answers(guest, call, expected):
    assert guest.call(*call) == expected
