"""How values read in a trace line."""

from typing import get_args

import pytest

from kernel_stub.darwin.flags import STATUS as DARWIN_STATUS
from kernel_stub.kinds import quoted
from kernel_stub.linux.flags import STATUS as LINUX_STATUS
from kernel_stub.linux.flags import DupFlags

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
