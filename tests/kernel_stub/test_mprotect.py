"""mprotect(2). Random sequences are compared with the host in tests/oracle/programs."""

import pytest

from kernel_stub.address_space import PAGE, TASK_SIZE, Region
from kernel_stub.cpu import BadAddress, Protection

HERE = 0x1000_0000
RW = Protection.READ | Protection.WRITE


@pytest.fixture
def mapped(linux):
    """Four pages, a hole, one page that grows down."""
    space = linux.kernel.process.space
    space.add(Region(HERE, HERE + 4 * PAGE, RW))
    space.add(Region(HERE + 0x200000, HERE + 0x201000, RW, grows_down=True))
    return linux


def protections(guest):
    return [(r.start - HERE, r.end - HERE, int(r.protection)) for r in guest.kernel.process.space.regions[:-1]]


def test_part_of_a_region(mapped):
    mapped.memory.copy_out(HERE + PAGE, b"x")
    assert mapped.call("mprotect", HERE + PAGE, 1, 1) == 0
    assert mapped.text == "mprotect(0x10001000, 1, PROT_READ) = 0"
    assert protections(mapped) == [(0, PAGE, 3), (PAGE, 2 * PAGE, 1), (2 * PAGE, 4 * PAGE, 3)]
    assert mapped.memory.copy_in(HERE + PAGE, 1) == b"x"
    with pytest.raises(BadAddress):
        mapped.memory.copy_out(HERE + PAGE, b"y")


def test_it_holds_for_pages_that_come_later(mapped):
    mapped.call("mprotect", HERE, 4 * PAGE, 0)
    with pytest.raises(BadAddress):
        mapped.memory.copy_in(HERE, 1)
    mapped.call("mprotect", HERE, 4 * PAGE, 3)
    mapped.memory.copy_out(HERE, b"x")


def test_back_again_is_one_region(mapped):
    mapped.call("mprotect", HERE + PAGE, PAGE, 0)
    mapped.call("mprotect", HERE + PAGE, PAGE, 3)
    assert protections(mapped) == [(0, 4 * PAGE, 3)]


def test_what_lies_before_a_hole_is_changed(mapped):
    assert mapped.call("mprotect", HERE + 3 * PAGE, 2 * PAGE, 1) == "ENOMEM"
    assert protections(mapped) == [(0, 3 * PAGE, 3), (3 * PAGE, 4 * PAGE, 1)]


def test_from_a_hole_nothing_is(mapped):
    assert mapped.call("mprotect", HERE - PAGE, 2 * PAGE, 1) == "ENOMEM"
    assert protections(mapped) == [(0, 4 * PAGE, 3)]


def test_down_to_the_start_of_a_stack(mapped):
    mapped.kernel.process.space.regions[-1] = Region(HERE + 0x1F0000, HERE + 0x201000, RW, grows_down=True)
    assert mapped.call("mprotect", HERE + 0x200000, PAGE, 0x0100_0001) == 0
    assert mapped.kernel.process.space.regions[-1].protection == Protection.READ


@pytest.mark.parametrize(
    ("start", "length", "prot", "expected"),
    [
        (HERE + 1, PAGE, 1, "EINVAL"),
        (HERE, 0, 1, 0),
        (HERE, 0, 0x10, 0),
        (HERE, PAGE, 0x10, "EINVAL"),
        (HERE, PAGE, 8, 0),
        (HERE, PAGE, 0x0300_0000, "EINVAL"),
        (HERE, PAGE, 0x0200_0000, "EINVAL"),
        (HERE, PAGE, 0x0100_0000, "EINVAL"),
        (HERE, (1 << 64) - 1, 1, "ENOMEM"),
        (TASK_SIZE, PAGE, 1, "ENOMEM"),
    ],
)
def test_answers(mapped, start, length, prot, expected):
    assert mapped.call("mprotect", start, length, prot) == expected


def test_a_reservation_larger_than_memory_stays_one(linux):
    linux.kernel.process.space.add(Region(HERE, HERE + (1 << 40), Protection.NONE))
    assert linux.call("mprotect", HERE, 1 << 40, 3) == "ENOMEM"
    assert linux.call("mprotect", HERE, 1 << 20, 3) == 0
