"""Guest memory as a handler uses it."""

import pytest

from kernel_stub import user
from kernel_stub.cpu import BadAddress
from kernel_stub.outcomes import Errno
from kernel_stub.pages import PAGE, PageMemory


@pytest.fixture
def memory():
    memory = PageMemory()
    memory.map(0x1000, 2 * PAGE)
    memory.copy_out(0x2FF8, b"12345678")
    return memory


def test_what_cannot_be_reached_is_efault(memory):
    for access in (lambda: user.read(memory, 0x2FFF, 2), lambda: user.write(memory, 0x2FFF, b"ab")):
        with pytest.raises(Errno, match="EFAULT"):
            access()


def test_a_string_ends_at_its_nul(memory):
    memory.copy_out(0x1FFE, b"ab\0")
    assert user.string(memory, 0x1FFE, 10) == b"ab"
    assert user.string(memory, 0x1FFE, 2) is None


def test_a_string_needs_no_memory_behind_its_nul(memory):
    memory.copy_out(0x2FFF, b"\0")
    assert user.string(memory, 0x2FF8, 100) == b"1234567"
    memory.copy_out(0x2FFF, b"8")
    with pytest.raises(Errno, match="EFAULT"):
        user.string(memory, 0x2FF8, 100)


def test_scattered_buffers_are_one(memory):
    parts = user.Scattered(memory, [(0x1000, 3), (0x9000, 0), (0x1100, 4)])
    parts.copy_out(0, b"abcdefg")
    assert memory.copy_in(0x1000, 3) + memory.copy_in(0x1100, 4) == b"abcdefg"
    assert parts.copy_in(2, 3) == b"cde"


def test_the_bad_byte_of_a_scattered_buffer_counts_from_its_start(memory):
    parts = user.Scattered(memory, [(0x1000, 3), (0x2FFE, 4)])
    for access in (lambda: parts.copy_in(1, 6), lambda: parts.copy_out(1, b"abcdef")):
        with pytest.raises(BadAddress) as bad:
            access()
        assert bad.value.address == 5
    assert memory.copy_in(0x2FFE, 2) == b"cd"
