"""The memory that stands in for a machine's keeps the Memory contract."""

import pytest

from kernel_stub.cpu import BadAddress, Protection
from kernel_stub.pages import PAGE, PageMemory


@pytest.fixture
def memory():
    memory = PageMemory()
    memory.map(0x1000, 2 * PAGE)
    memory.map(0x4000, PAGE, Protection.READ)
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


def test_protections_can_be_asked_and_changed(memory):
    memory.protect(0x1000, 4 * PAGE, Protection.NONE)  # holes are passed over
    assert [memory.protection(page) for page in range(0x1000, 0x5000, PAGE)] == [
        Protection.NONE, Protection.NONE, None, Protection.NONE,
    ]  # fmt: skip
    with pytest.raises(BadAddress):
        memory.copy_in(0x1000, 1)


def test_a_mapped_page_keeps_its_bytes_and_a_new_one_is_zero(memory):
    memory.copy_out(0x1000, b"x")
    memory.map(0x1000, PAGE, Protection.READ)
    assert memory.copy_in(0x1000, 1) == b"x"
    memory.unmap(0, 1 << 40)
    memory.map(0x1000, PAGE)
    assert memory.copy_in(0x1000, 1) == b"\0"


def test_pages_move_with_their_bytes(memory):
    memory.copy_out(0x2000, b"x")
    memory.move(0x1000, 0x8000, 2 * PAGE)
    assert memory.copy_in(0x9000, 1) == b"x"
    assert memory.protection(0x1000) is None


def test_the_pager_may_map_what_is_missing(memory):
    asked = []

    def pager(address, wanted):
        asked.append((address, wanted))
        if address < 0x8000:
            memory.map(address & -PAGE, PAGE)
        return address < 0x8000

    memory.pager = pager
    memory.copy_out(0x6FFE, b"abcd")
    assert memory.copy_in(0x6FFE, 4) == b"abcd"
    with pytest.raises(BadAddress):
        memory.copy_in(0x8000, 1)
    assert asked == [(0x6FFE, Protection.WRITE), (0x7000, Protection.WRITE), (0x8000, Protection.READ)]
