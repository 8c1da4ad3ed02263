"""mremap(2). Random sequences are compared with the host in tests/oracle/programs."""

import pytest

from kernel_stub.address_space import MMAP_BASE, PAGE, Region
from kernel_stub.cpu import BadAddress, Protection

HERE = 0x1000_0000
RW = Protection.READ | Protection.WRITE
MAYMOVE, FIXED, DONTUNMAP = 1, 2, 4


@pytest.fixture
def mapped(linux):
    """Four pages, each of which starts with its number, and behind them a fifth of another protection."""
    space = linux.kernel.process.space
    space.add(Region(HERE, HERE + 4 * PAGE, RW))
    space.add(Region(HERE + 4 * PAGE, HERE + 5 * PAGE, Protection.READ))
    for page in range(4):
        linux.memory.copy_out(HERE + page * PAGE, bytes([page + 1]))
    return linux


def first_bytes(guest, address, pages):
    return [guest.memory.copy_in(address + page * PAGE, 1)[0] for page in range(pages)]


def test_shrinking_frees_the_end(mapped):
    assert mapped.call("mremap", HERE, 4 * PAGE, 2 * PAGE, 0) == HERE
    with pytest.raises(BadAddress):
        mapped.memory.copy_in(HERE + 2 * PAGE, 1)


def test_growing_in_place_needs_room(mapped):
    assert mapped.call("mremap", HERE, 4 * PAGE, 5 * PAGE, 0) == "ENOMEM"
    mapped.call("munmap", HERE + 4 * PAGE, PAGE)
    assert mapped.call("mremap", HERE, 4 * PAGE, 5 * PAGE, 0) == HERE
    assert first_bytes(mapped, HERE, 5) == [1, 2, 3, 4, 0]


def test_growing_elsewhere(mapped):
    assert mapped.call("mremap", HERE + 2 * PAGE, 2 * PAGE, 3 * PAGE, MAYMOVE) == MMAP_BASE - 3 * PAGE
    assert mapped.text == "mremap(0x10002000, 8192, 12288, MREMAP_MAYMOVE, NULL) = 0x7ffff7ffc000"
    assert first_bytes(mapped, MMAP_BASE - 3 * PAGE, 3) == [3, 4, 0]
    with pytest.raises(BadAddress):
        mapped.memory.copy_in(HERE + 2 * PAGE, 1)


def test_to_a_fixed_place_over_what_is_there(mapped):
    mapped.kernel.process.space.add(Region(2 * HERE, 2 * HERE + 4 * PAGE, RW))
    mapped.memory.copy_out(2 * HERE + PAGE, b"x")
    assert mapped.call("mremap", HERE, PAGE, 2 * PAGE, MAYMOVE | FIXED, 2 * HERE) == 2 * HERE
    assert first_bytes(mapped, 2 * HERE, 2) == [1, 0]


def test_several_regions_move_together(mapped):
    """Since Linux 6.17, where the size stays."""
    assert mapped.call("mremap", HERE, 5 * PAGE, 5 * PAGE, MAYMOVE | FIXED, 2 * HERE) == 2 * HERE
    assert [int(r.protection) for r in mapped.kernel.process.space.regions] == [3, 1]
    assert first_bytes(mapped, 2 * HERE, 4) == [1, 2, 3, 4]


def test_leaving_the_old_range_empty(mapped):
    target = mapped.call("mremap", HERE, 4 * PAGE, 4 * PAGE, MAYMOVE | DONTUNMAP)
    assert first_bytes(mapped, target, 4) == [1, 2, 3, 4]
    assert first_bytes(mapped, HERE, 4) == [0, 0, 0, 0]


def test_what_shared_memory_would_do_is_said_to_be_missing(linux):
    linux.kernel.process.space.add(Region(HERE, HERE + PAGE, RW, shared=True))
    assert linux.call("mremap", HERE, 0, PAGE, MAYMOVE) == "EINVAL"
    assert linux.text.endswith("[not simulated]")
    assert linux.call("mremap", HERE, PAGE, PAGE, MAYMOVE | DONTUNMAP) == "EINVAL"
    assert linux.text.endswith("[not simulated]")


@pytest.mark.parametrize(
    ("address", "old", "new", "flags", "target", "expected"),
    [
        (HERE + 1, PAGE, PAGE, 0, 0, "EINVAL"),
        (HERE, PAGE, 0, 0, 0, "EINVAL"),
        (HERE, PAGE, 1 << 47, MAYMOVE, 0, "EINVAL"),
        (HERE, PAGE, PAGE, 8, 0, "EINVAL"),
        (HERE, PAGE, PAGE, FIXED, 2 * HERE, "EINVAL"),
        (HERE, PAGE, PAGE, MAYMOVE | FIXED, 2 * HERE + 1, "EINVAL"),
        (HERE, 2 * PAGE, 2 * PAGE, MAYMOVE | FIXED, HERE + PAGE, "EINVAL"),
        (HERE, PAGE, 2 * PAGE, MAYMOVE | DONTUNMAP, 0, "EINVAL"),
        (HERE, 0, PAGE, MAYMOVE, 0, "EINVAL"),
        (2 * HERE, PAGE, PAGE, 0, 0, "EFAULT"),
        (HERE, 5 * PAGE, 6 * PAGE, MAYMOVE, 0, "EFAULT"),
        (HERE, PAGE, PAGE, 0, 0, HERE),
        (HERE, 4 * PAGE, 1 << 40, MAYMOVE, 0, "ENOMEM"),
    ],
)
def test_answers(mapped, address, old, new, flags, target, expected):
    assert mapped.call("mremap", address, old, new, flags, target) == expected
