"""How values read in a trace line."""

from typing import get_args

import pytest

from kernel_stub.address_space import Region
from kernel_stub.cpu import Protection
from kernel_stub.darwin.flags import STATUS as DARWIN_STATUS
from kernel_stub.kinds import quoted
from kernel_stub.linux.flags import STATUS as LINUX_STATUS
from kernel_stub.linux.flags import DupFlags
from kernel_stub.pages import PAGE

DUP_FLAGS = get_args(DupFlags)[1]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", '""'),
        (b"hi\n", '"hi\\n"'),
        (b'say "x"\\', '"say \\"x\\"\\\\"'),
        (b"\t\r\v\f", '"\\t\\r\\v\\f"'),
        (b"\0\x1b[0m", '"\\0\\33[0m"'),
        (b"\x0018", '"\\00018"'),  # a digit follows: three octal digits, or it would join them
        (b"\x009", '"\\09"'),
        (b"\x7f\xff", '"\\177\\377"'),
    ],
)
def test_bytes_read_as_a_c_string(data, text):
    assert quoted(data, len(data)) == text


def test_more_bytes_than_shown():
    assert quoted(b"abc", 9) == '"abc"...'


@pytest.mark.parametrize(
    ("status", "value", "text"),
    [
        (LINUX_STATUS, 0, "O_RDONLY"),
        (LINUX_STATUS, 1, "O_WRONLY"),
        (LINUX_STATUS, 0x8402, "O_RDWR|O_APPEND|O_LARGEFILE"),
        (LINUX_STATUS, 3, "O_ACCMODE"),
        (LINUX_STATUS, 0x101000, "O_RDONLY|O_SYNC"),  # and not O_DSYNC, which it contains
        (LINUX_STATUS, 0x1000, "O_RDONLY|O_DSYNC"),
        (LINUX_STATUS, 0x410000, "O_RDONLY|O_TMPFILE"),
        (LINUX_STATUS, 0x8000_0000, "O_RDONLY|0x80000000"),
        (DARWIN_STATUS, 0xC, "O_RDONLY|O_NONBLOCK|O_APPEND"),
        (DARWIN_STATUS, 0x1000000, "O_RDONLY|O_CLOEXEC"),
        (DUP_FLAGS, 0x80001, "O_CLOEXEC|0x1"),
        (DUP_FLAGS, 0x1, "0x1 /* O_??? */"),
        (DUP_FLAGS, 0, "0"),
    ],
)
def test_flags_read_as_names(status, value, text):
    assert status.spell(value) == text


# What a look changes ------------------------------------------------------------------------------


def held(guest):
    """All pages that are there, and all regions."""
    return sorted(guest.memory.pages), list(guest.kernel.process.space.regions)


def test_looking_brings_no_page_in(linux):
    """The first call fails, and the second isn't executed, before they read what their lines show."""
    page = linux.call("mmap", 0, 2 * PAGE, 3, 0x22, 0xFFFF_FFFF, 0)
    before = held(linux)
    assert linux.call("write", 99, page + PAGE - 2, 4) == "EBADF"
    assert linux.text == r'write(99, "\0\0\0\0", 4) = -1 EBADF (Bad file descriptor)'
    linux.kernel.inject_errno("EIO")
    assert linux.call("rmdir", page + PAGE) == "EIO"
    assert linux.text.startswith('rmdir("")')
    assert held(linux) == before


def test_looking_grows_no_stack(linux):
    space = linux.kernel.process.space
    space.add(Region(0x7000_0000, 0x7000_1000, Protection(3), grows_down=True))
    before = held(linux)
    assert linux.call("write", 99, 0x7000_0000 - PAGE, 2) == "EBADF"
    assert linux.text.startswith(r'write(99, "\0\0", 2)')
    assert linux.call("write", 99, 0x5000_0000, 2) == "EBADF"
    assert linux.text.startswith("write(99, 0x50000000, 2)")
    assert held(linux) == before


def test_a_look_at_a_file_that_is_mapped(linux):
    linux.put(linux.rw, b"/tmp/f\0")
    fd = linux.call("open", linux.rw, 0o102, 0o600)
    linux.put(linux.rw, b"text")
    linux.call("write", fd, linux.rw, 4)
    page = linux.call("mmap", 0, 2 * PAGE, 1, 2, fd, 0)
    before = held(linux)
    assert linux.call("write", 99, page, 5) == "EBADF"
    assert linux.text.startswith(r'write(99, "text\0", 5)')
    assert linux.call("write", 99, page + PAGE, 5) == "EBADF"
    assert linux.text.startswith(f"write(99, {page + PAGE:#x}, 5)")  # behind the end of the file
    assert held(linux) == before
