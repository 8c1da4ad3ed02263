"""The memory that stands in for a machine's keeps the Memory contract."""

import pytest

from kernel_stub.cpu import BadAddress
from kernel_stub.pages import PAGE, PageMemory


@pytest.fixture
def memory():
    memory = PageMemory()
    memory.map(0x1000, 2 * PAGE)
    memory.map(0x4000, PAGE, writable=False)
    return memory


def test_copies_cross_pages(memory):
    memory.copy_out(0x1FFE, b"abcd")
    assert memory.copy_in(0x1FFD, 6) == b"\0abcd\0"


def test_the_first_bad_byte_is_named(memory):
    with pytest.raises(BadAddress) as bad:
        memory.copy_in(0x2FFE, 9)
    assert bad.value.address == 0x3000


def test_bytes_before_a_fault_are_written(memory):
    with pytest.raises(BadAddress) as bad:
        memory.copy_out(0x2FFE, b"abcd")
    assert bad.value.address == 0x3000
    assert memory.copy_in(0x2FFE, 2) == b"ab"


def test_a_read_only_page_can_be_read(memory):
    assert memory.copy_in(0x4000, 1) == b"\0"
    with pytest.raises(BadAddress):
        memory.copy_out(0x4000, b"x")


def test_nothing_can_be_copied_anywhere(memory):
    assert memory.copy_in(0, 0) == b""
    memory.copy_out(0xFFFF_FFFF_FFFF_FFFF, b"")
