"""Page tables, read as the processor walks them, without a trace of the reading."""

from __future__ import annotations

from itertools import pairwise

import pytest

from emu.mmu import AddressSpace
from emu.page_walk import LEVELS, pages, peek, translate, walk
from emu.ram import PAGE, Ram
from kernel_stub.cpu import Protection

READ, WRITE, EXECUTE = Protection.READ, Protection.WRITE, Protection.EXECUTE
CODE, DATA, NONE = 0x40_0000, 0x7FFF_FFFF_D000, 0x1_0000_0000


@pytest.fixture
def space() -> AddressSpace:
    made = AddressSpace(Ram(1 << 20))
    made.map(CODE, PAGE, READ | EXECUTE)
    made.map(DATA, 2 * PAGE, READ | WRITE)
    made.map(NONE, PAGE, Protection.NONE)
    made.clear_accessed()
    return made


def test_a_walk_reads_the_entries_that_the_address_selects(space):
    entries = walk(space, DATA + 5)
    assert [entry.level for entry in entries] == [level for level, _ in LEVELS]
    assert [entry.index for entry in entries] == [DATA >> shift & 511 for _, shift in LEVELS]
    assert entries[0].at == space.root + 8 * entries[0].index
    for upper, lower in pairwise(entries):
        assert lower.at == upper.frame + 8 * lower.index


def test_a_walk_ends_at_the_first_entry_that_is_not_present(space):
    assert [entry.level for entry in walk(space, 0xF1)] == ["PML4E", "PDPTE", "PDE"]
    assert [entry.level for entry in walk(space, NONE)] == ["PML4E", "PDPTE", "PDE", "PTE"]
    assert "P" not in walk(space, NONE)[-1].bits


@pytest.mark.parametrize(
    ("address", "bits"), [(CODE, ("P", "U")), (DATA, ("P", "W", "U", "NX")), (NONE, ("U", "NX"))]
)
def test_bits_have_their_names(space, address, bits):
    assert walk(space, address)[-1].bits == bits


def test_looking_is_no_access(space):
    peek(space, DATA, PAGE + 8)
    assert not {"A", "D"} & set(walk(space, DATA)[-1].bits)
    space.copy_in(DATA, 8)
    assert "A" in walk(space, DATA)[-1].bits
    space.copy_out(DATA, b"x")
    assert "D" in walk(space, DATA)[-1].bits
    space.clear_accessed()
    assert not {"A", "D"} & set(walk(space, DATA)[-1].bits)
    space.copy_in(DATA, 8)  # nothing that was cached hides the next access
    assert "A" in walk(space, DATA)[-1].bits


def test_the_physical_address_is_where_the_bytes_are(space):
    space.copy_out(DATA + 100, b"here")
    physical = translate(space, DATA + 100)
    assert bytes(space.ram.view[physical : physical + 4]) == b"here"
    assert [translate(space, address) for address in (0xF1, NONE, -1, 1 << 63)] == [None] * 4


def test_bytes_come_from_both_sides_of_a_page_and_end_where_none_is(space):
    space.copy_out(DATA + PAGE - 2, b"abcd")
    assert peek(space, DATA + PAGE - 2, 4) == b"abcd"
    assert len(peek(space, DATA + 2 * PAGE - 8, 64)) == 8
    assert peek(space, NONE, 8) == peek(space, 0xF1, 8) == b""


def test_all_pages_are_those_that_a_walk_finds(space):
    found = list(pages(space))
    assert [page.address for page in found] == [CODE, NONE, DATA, DATA + PAGE]
    assert all(walk(space, page.address)[-1] == page.entry for page in found)


def test_a_page_that_fork_shares_says_so(space):
    space.fork()
    assert walk(space, DATA)[-1].bits == ("P", "U", "NX", "COW")
    assert space.unshare(DATA)
    assert walk(space, DATA)[-1].bits == ("P", "W", "U", "NX")
