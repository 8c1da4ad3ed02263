"""brk(2). Random sequences are compared with the host in tests/oracle/programs."""

import pytest

from kernel_stub.address_space import PAGE, Region
from kernel_stub.cpu import Protection

START = 0x40_0000


@pytest.fixture
def heap(linux):
    linux.kernel.process.space.start_brk = linux.kernel.process.space.brk = START
    return linux


def test_where_it_is(heap):
    assert heap.call("brk", 0) == START
    assert heap.text == "brk(NULL) = 0x400000"


def test_growing_gives_zeroed_memory(heap):
    assert heap.call("brk", START + 5000) == START + 5000
    assert heap.memory.copy_in(START + 4096, 4096) == bytes(4096)
    heap.memory.copy_out(START, b"x")


def test_the_break_is_a_byte_and_the_pages_are_whole(heap):
    heap.call("brk", START + 1)
    (region,) = heap.kernel.process.space.regions
    assert (region.start, region.end, region.name) == (START, START + PAGE, "[heap]")
    heap.call("brk", START + PAGE)
    assert heap.kernel.process.space.regions == [region]


def test_shrinking_frees_pages(heap):
    heap.call("brk", START + 3 * PAGE)
    heap.memory.copy_out(START + 2 * PAGE, b"x")
    assert heap.call("brk", START + PAGE) == START + PAGE
    assert heap.call("brk", START + 3 * PAGE) == START + 3 * PAGE
    assert heap.memory.copy_in(START + 2 * PAGE, 1) == b"\0"


def test_below_its_start_nothing_changes(heap):
    heap.call("brk", START + PAGE)
    assert heap.call("brk", START - 1) == START + PAGE


@pytest.mark.parametrize("address", [1 << 46, 0x7FFF_FFFF_F001, 1 << 63, (1 << 64) - 1])
def test_what_cannot_be_had_is_not(heap, address):
    assert heap.call("brk", address) == START


def test_a_region_in_the_way_and_the_page_before_it(heap):
    """A page stays free between the heap and the next region."""
    heap.kernel.process.space.add(Region(START + 4 * PAGE, START + 5 * PAGE, Protection.READ))
    assert heap.call("brk", START + 3 * PAGE + 1) == START
    assert heap.call("brk", START + 3 * PAGE) == START + 3 * PAGE
