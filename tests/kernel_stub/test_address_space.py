"""Regions, gaps, and pages that come when they are touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel_stub.address_space import GUARD_GAP, LOWEST, MMAP_BASE, PAGE, AddressSpace, Region
from kernel_stub.cpu import Protection
from kernel_stub.pages import PageMemory

READ, WRITE, NONE = Protection.READ, Protection.WRITE, Protection.NONE
RW = READ | WRITE
HERE = 0x100_0000


@pytest.fixture
def memory():
    return PageMemory()


@pytest.fixture
def space():
    return AddressSpace()


def test_neighbours_that_are_alike_join(space):
    space.add(Region(HERE, HERE + PAGE, RW))
    space.add(Region(HERE + 2 * PAGE, HERE + 3 * PAGE, RW))
    space.add(Region(HERE + PAGE, HERE + 2 * PAGE, RW))
    assert space.regions == [Region(HERE, HERE + 3 * PAGE, RW)]


@pytest.mark.parametrize(
    "other",
    [
        Region(HERE + PAGE, HERE + 2 * PAGE, READ),
        Region(HERE + PAGE, HERE + 2 * PAGE, RW, "file"),
        Region(HERE + PAGE, HERE + 2 * PAGE, RW, shared=True),
        Region(HERE + PAGE, HERE + 2 * PAGE, RW, grows_down=True),
        Region(HERE + PAGE, HERE + 2 * PAGE, RW, reserved=False),
    ],
)
def test_others_do_not(space, other):
    space.add(Region(HERE, HERE + PAGE, RW))
    space.add(other)
    assert len(space.regions) == 2


def test_looking(space):
    space.add(Region(HERE, HERE + 2 * PAGE, RW))
    assert space.find(HERE - 1) is None
    assert space.find(HERE) == space.find(HERE + 2 * PAGE - 1) == space.regions[0]
    assert space.find(HERE + 2 * PAGE) is None
    assert space.overlapping(HERE - PAGE, HERE) == []
    assert space.overlapping(HERE + PAGE, HERE + 9 * PAGE) == space.regions


def test_a_page_comes_with_its_regions_protection(space, memory):
    space.add(Region(HERE, HERE + 2 * PAGE, READ))
    assert space.populate(memory, HERE + 5, READ)
    assert memory.protection(HERE) == READ
    assert memory.protection(HERE + PAGE) is None
    assert not space.populate(memory, HERE, READ)  # it is there: the access itself is wrong
    assert not space.populate(memory, HERE + PAGE, WRITE)
    assert not space.populate(memory, HERE + 2 * PAGE, READ)


def test_nothing_comes_where_nothing_may_be_done(space, memory):
    space.add(Region(HERE, HERE + PAGE, NONE))
    assert not space.populate(memory, HERE, READ)


class TestStack:
    """A region that grows down takes in pages below itself."""

    @pytest.fixture
    def stack(self, space):
        space.stack_limit = 64 * PAGE
        space.add(Region(HERE, HERE + PAGE, RW, "[stack]", grows_down=True))
        return space

    def test_to_the_page_of_the_access(self, stack, memory):
        assert stack.populate(memory, HERE - 3 * PAGE - 1, WRITE)
        assert stack.regions[0].start == HERE - 4 * PAGE
        assert memory.protection(HERE - PAGE) is None

    def test_up_to_the_limit(self, stack, memory):
        assert stack.populate(memory, HERE - 63 * PAGE, WRITE)
        assert not stack.populate(memory, HERE - 63 * PAGE - 1, WRITE)

    @pytest.mark.parametrize(("protection", "grows"), [(READ, False), (NONE, True)])
    def test_not_near_memory_in_use(self, stack, memory, protection, grows):
        stack.stack_limit = 1 << 40
        stack.add(Region(HERE - GUARD_GAP - 2 * PAGE, HERE - GUARD_GAP - PAGE, protection))
        assert stack.populate(memory, HERE - PAGE, WRITE)
        assert stack.populate(memory, HERE - 2 * PAGE, WRITE) == grows

    def test_not_into_the_lowest_pages(self, space, memory):
        space.add(Region(LOWEST, LOWEST + PAGE, RW, grows_down=True))
        assert not space.populate(memory, LOWEST - 1, WRITE)


OPERATIONS = st.tuples(
    st.sampled_from(["map", "unmap", "protect"]),
    st.integers(0, 20),
    st.integers(1, 8),
    st.sampled_from([NONE, READ, RW]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(OPERATIONS, max_size=20))
def test_regions_are_what_was_asked_for_page_by_page(operations):
    space, memory, expected = AddressSpace(), PageMemory(), {}
    for name, page, pages, protection in operations:
        start, end = HERE + page * PAGE, HERE + (page + pages) * PAGE
        covered = range(start, end, PAGE)
        if name == "map":
            space.map(memory, Region(start, end, protection))
            expected |= dict.fromkeys(covered, protection)
        elif name == "unmap":
            space.unmap(memory, start, end)
            expected = {page: kept for page, kept in expected.items() if page not in covered}
        else:
            space.protect(memory, start, end, protection)
            expected |= {page: protection for page in covered if page in expected}
    found = {p: r.protection for r in space.regions for p in range(r.start, r.end, PAGE)}
    assert found == expected
    for one, other in zip(space.regions, space.regions[1:], strict=False):
        assert one.end < other.start or one.protection != other.protection


@settings(max_examples=200, deadline=None)
@given(st.sets(st.integers(20, 60), max_size=20), st.integers(1, 6))
def test_gaps_are_free_and_the_extreme_ones(pages, wanted):
    space = AddressSpace()
    for page in pages:
        space.add(Region(page * PAGE, (page + 1) * PAGE, READ))
    high, size = 60 * PAGE, wanted * PAGE
    fits = [p for p in range(LOWEST // PAGE, 61 - wanted) if not pages & set(range(p, p + wanted))]
    assert space.highest_gap(size, high) == (max(fits) * PAGE if fits else None)
    assert space.lowest_gap(size, LOWEST, high) == (min(fits) * PAGE if fits else None)


GAPS = st.lists(
    st.tuples(st.sampled_from(["take", "ask", "free", "stack", "protect"]), st.integers(1, 6), st.integers(0, 24)),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(GAPS)
def test_what_is_known_of_gaps_never_hides_one(operations):
    space, memory = AddressSpace(), PageMemory()
    for name, pages, below in operations:
        size, start = pages * PAGE, MMAP_BASE - below * PAGE
        found = space.highest_gap(size)
        assert found == AddressSpace(list(space.regions)).highest_gap(size)
        if name == "take":
            space.map(memory, Region(found, found + size, RW if pages % 2 else READ))
        elif name == "stack":
            space.map(memory, Region(start, start + size, RW, grows_down=True))
        elif name == "free":
            space.unmap(memory, start, start + size)
        elif name == "protect":
            space.protect(memory, start, start + size, NONE)


def test_a_mapping_below_many_costs_no_more_than_the_first():
    class Counted(list):
        looked_at = 0

        def __getitem__(self, index):
            self.looked_at += 1
            return super().__getitem__(index)

    space = AddressSpace(Counted())
    for number in range(2000):
        found = space.highest_gap(PAGE)
        space.add(Region(found, found + PAGE, RW if number % 2 else READ))
    before = space.regions.looked_at
    space.highest_gap(PAGE)
    assert space.regions.looked_at - before < 2 * GUARD_GAP // PAGE


def test_a_process_that_needs_more_than_there_is_is_killed(linux):
    linux.kernel.process.space.add(Region(HERE, HERE + PAGE, RW))

    def full(address, size, protection):
        raise MemoryError

    linux.memory.map = full
    linux.call("getrandom", HERE, 1, 0)
    assert linux.kernel.process.exit.signal == "SIGKILL"
