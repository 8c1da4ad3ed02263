"""madvise(2). Random sequences are compared with the host in tests/oracle/programs."""

import pytest

from kernel_stub.address_space import PAGE, Region
from kernel_stub.cpu import Protection

HERE = 0x1000_0000
RW = Protection.READ | Protection.WRITE
WILLNEED, DONTNEED, FREE, REMOVE, POPULATE_READ, POPULATE_WRITE, HWPOISON = 3, 4, 8, 9, 22, 23, 100


@pytest.fixture
def mapped(linux):
    linux.kernel.process.space.add(Region(HERE, HERE + 2 * PAGE, RW))
    linux.memory.copy_out(HERE, b"x")
    return linux


def test_what_is_not_needed_is_zero_again(mapped):
    assert mapped.call("madvise", HERE, 1, DONTNEED) == 0
    assert mapped.text == "madvise(0x10000000, 1, MADV_DONTNEED) = 0"
    assert mapped.memory.copy_in(HERE, 1) == b"\0"


@pytest.mark.parametrize("advice", [WILLNEED, FREE])
def test_other_advice_changes_nothing_while_there_is_memory(mapped, advice):
    assert mapped.call("madvise", HERE, 2 * PAGE, advice) == 0
    assert mapped.memory.copy_in(HERE, 1) == b"x"


def test_shared_memory_keeps_its_bytes_unless_they_are_removed(linux):
    linux.kernel.process.space.add(Region(HERE, HERE + PAGE, RW, shared=True))
    linux.memory.copy_out(HERE, b"x")
    assert linux.call("madvise", HERE, PAGE, DONTNEED) == 0
    assert linux.memory.copy_in(HERE, 1) == b"x"
    assert linux.call("madvise", HERE, PAGE, FREE) == "EINVAL"
    assert linux.call("madvise", HERE, PAGE, REMOVE) == 0
    assert linux.memory.copy_in(HERE, 1) == b"\0"


def test_pages_can_be_brought_in(mapped):
    assert mapped.call("madvise", HERE, 2 * PAGE, POPULATE_READ) == 0
    assert mapped.memory.protection(HERE + PAGE) == RW
    mapped.call("mprotect", HERE, PAGE, 1)
    assert mapped.call("madvise", HERE, PAGE, POPULATE_WRITE) == "EINVAL"


@pytest.mark.parametrize(
    ("address", "length", "advice", "expected"),
    [
        (HERE + 1, PAGE, WILLNEED, "EINVAL"),
        (HERE, PAGE, 77, "EINVAL"),
        (HERE, (1 << 64) - 1, WILLNEED, "EINVAL"),
        (HERE, 0, WILLNEED, 0),
        (HERE, 3 * PAGE, WILLNEED, "ENOMEM"),
        (HERE - PAGE, 2 * PAGE, POPULATE_READ, "ENOMEM"),
        (HERE, PAGE, REMOVE, "EINVAL"),
        (HERE, PAGE, HWPOISON, "EPERM"),
    ],
)
def test_answers(mapped, address, length, advice, expected):
    assert mapped.call("madvise", address, length, advice) == expected
