"""mmap(2) and munmap(2). Random sequences are compared with the host in tests/oracle/programs."""

import pytest

from kernel_stub.address_space import GUARD_GAP, MMAP_BASE, PAGE, TASK_SIZE
from kernel_stub.cpu import BadAddress

PRIVATE, SHARED, FIXED, ANONYMOUS, LOW, GROWSDOWN = 2, 1, 0x10, 0x20, 0x40, 0x100
NORESERVE, POPULATE, HUGETLB, NOREPLACE = 0x4000, 0x8000, 0x40000, 0x100000
ANY = PRIVATE | ANONYMOUS
RW = 3
HERE = 0x1000_0000


def test_regions_go_down_from_the_base(linux):
    assert linux.call("mmap", 0, 5000, RW, ANY, -1, 0) == MMAP_BASE - 2 * PAGE
    assert linux.text == "mmap(NULL, 5000, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7ffff7ffd000"
    assert linux.call("mmap", 0, 1, RW, ANY, -1, 0) == MMAP_BASE - 3 * PAGE


def test_the_highest_gap_that_fits_is_taken(linux):
    for _ in range(3):
        linux.call("mmap", 0, 2 * PAGE, RW, ANY, -1, 0)
    linux.call("munmap", MMAP_BASE - 4 * PAGE, 2 * PAGE)
    assert linux.call("mmap", 0, 3 * PAGE, RW, ANY, -1, 0) == MMAP_BASE - 9 * PAGE
    assert linux.call("mmap", 0, PAGE, RW, ANY, -1, 0) == MMAP_BASE - 3 * PAGE


def test_a_hint_is_rounded_and_taken_if_it_is_free(linux):
    assert linux.call("mmap", HERE + 5, PAGE, RW, ANY, -1, 0) == HERE
    assert linux.call("mmap", HERE, PAGE, RW, ANY, -1, 0) == MMAP_BASE - PAGE
    assert linux.call("mmap", 1, PAGE, RW, ANY, -1, 0) == MMAP_BASE - 2 * PAGE
    assert linux.call("mmap", PAGE, PAGE, RW, ANY, -1, 0) == 0x10000


def test_memory_is_zero_and_comes_when_it_is_touched(linux):
    address = linux.call("mmap", 0, 1 << 20, RW, ANY | NORESERVE, -1, 0)
    assert linux.memory.protection(address) is None
    assert linux.memory.copy_in(address + 5000, 4) == bytes(4)
    assert linux.memory.protection(address + 5000) == RW
    assert linux.memory.protection(address) is None


def test_populate_brings_it_at_once(linux):
    address = linux.call("mmap", 0, 2 * PAGE, RW, ANY | POPULATE, -1, 0)
    assert linux.memory.protection(address + PAGE) == RW


@pytest.mark.parametrize("prot", [0, 1])
def test_protection_holds(linux, prot):
    address = linux.call("mmap", 0, PAGE, prot, ANY, -1, 0)
    with pytest.raises(BadAddress):
        linux.memory.copy_out(address, b"x")


def test_fixed_replaces(linux):
    linux.call("mmap", HERE, 3 * PAGE, RW, ANY | FIXED, -1, 0)
    linux.memory.copy_out(HERE + PAGE, b"x")
    assert linux.call("mmap", HERE + PAGE, PAGE, RW, ANY | FIXED, -1, 0) == HERE + PAGE
    assert linux.memory.copy_in(HERE + PAGE, 1) == b"\0"
    assert [region.end - region.start for region in linux.kernel.process.space.regions] == [3 * PAGE]


def test_noreplace_does_not(linux):
    linux.call("mmap", HERE, PAGE, RW, ANY | FIXED, -1, 0)
    assert linux.call("mmap", HERE, PAGE, RW, ANY | NOREPLACE, -1, 0) == "EEXIST"
    assert linux.call("mmap", HERE + PAGE, PAGE, RW, ANY | NOREPLACE, -1, 0) == HERE + PAGE


def test_a_region_that_grows_down_keeps_a_gap_below(linux):
    linux.call("mmap", HERE, PAGE, RW, ANY | FIXED | GROWSDOWN, -1, 0)
    assert linux.call("mmap", HERE - GUARD_GAP, PAGE, RW, ANY, -1, 0) == MMAP_BASE - PAGE
    assert linux.call("mmap", HERE - GUARD_GAP - PAGE, PAGE, RW, ANY, -1, 0) == HERE - GUARD_GAP - PAGE


def test_the_low_two_gigabytes(linux):
    assert linux.call("mmap", 0, PAGE, RW, ANY | LOW, -1, 0) == 0x4000_0000
    assert linux.call("mmap", 0, PAGE, RW, ANY | LOW, -1, 0) == 0x4000_1000


@pytest.mark.parametrize(
    ("address", "length", "flags", "fd", "offset", "expected"),
    [
        (0, 0, ANY, -1, 0, "EINVAL"),
        (0, PAGE, ANONYMOUS, -1, 0, "EINVAL"),
        (0, PAGE, 3 | ANONYMOUS, -1, 0, "EINVAL"),
        (0, PAGE, SHARED | ANONYMOUS | GROWSDOWN, -1, 0, "EINVAL"),
        (0, PAGE, ANY, -1, 5, "EINVAL"),
        (HERE + 1, PAGE, ANY | FIXED, -1, 0, "EINVAL"),
        (0, (1 << 64) - 1, ANY, -1, 0, "ENOMEM"),
        (0, 1 << 47, ANY, -1, 0, "ENOMEM"),
        (TASK_SIZE, PAGE, ANY | FIXED, -1, 0, "ENOMEM"),
        (0, 1 << 40, ANY, -1, 0, "ENOMEM"),
        (0, PAGE, ANY | HUGETLB, -1, 0, "ENOMEM"),
        (0, PAGE, ANY | FIXED, -1, 0, "EPERM"),
        (0, PAGE, PRIVATE, 9, 0, "EBADF"),
        (0, PAGE, PRIVATE, 0, 0, "ENODEV"),
        (0, PAGE, PRIVATE | HUGETLB, 0, 0, "EINVAL"),
        (0, PAGE, 0, 0, 0, "EINVAL"),
        (HERE, PAGE, 3 | NOREPLACE, 0, 0, "EOPNOTSUPP"),
        (0, PAGE, PRIVATE, 0, (1 << 64) - PAGE, "EOVERFLOW"),
    ],
)
def test_refusals(linux, address, length, flags, fd, offset, expected):
    assert linux.call("mmap", address, length, RW, flags, fd, offset) == expected
    assert linux.kernel.process.space.regions == []


def test_an_address_that_looks_like_an_error_is_one(linux):
    """get_unmapped_area's answer is taken for an errno: -1 is EPERM, -2 ENOENT."""
    assert linux.call("mmap", -1, PAGE, RW, ANY | FIXED, -1, 0) == "EPERM"
    assert linux.call("mmap", -2, PAGE, RW, ANY | FIXED, -1, 0) == "ENOENT"


def test_more_than_there_is_can_be_reserved(linux):
    assert linux.call("mmap", 0, 1 << 40, RW, ANY | NORESERVE, -1, 0) == MMAP_BASE - (1 << 40)
    assert linux.call("mmap", 0, 1 << 40, 0, ANY, -1, 0) == MMAP_BASE - (1 << 41)


def test_too_many_regions(linux):
    for index in range(65531):
        linux.kernel.process.space.regions.append(index)
    assert linux.call("mmap", 0, PAGE, RW, ANY, -1, 0) == "ENOMEM"


def test_munmap_splits(linux):
    linux.call("mmap", HERE, 3 * PAGE, RW, ANY | FIXED, -1, 0)
    assert linux.call("munmap", HERE + PAGE, 1) == 0
    assert linux.text == "munmap(0x10001000, 1) = 0"
    assert [(r.start, r.end) for r in linux.kernel.process.space.regions] == [
        (HERE, HERE + PAGE), (HERE + 2 * PAGE, HERE + 3 * PAGE),
    ]  # fmt: skip
    with pytest.raises(BadAddress):
        linux.memory.copy_in(HERE + PAGE, 1)


def test_munmap_of_nothing(linux):
    assert linux.call("munmap", HERE, 1 << 30) == 0


@pytest.mark.parametrize(
    ("address", "length"), [(1, PAGE), (HERE, 0), (HERE, 1 << 47), (TASK_SIZE, PAGE), (TASK_SIZE + PAGE, 1)]
)
def test_munmap_refuses(linux, address, length):
    assert linux.call("munmap", address, length) == "EINVAL"
