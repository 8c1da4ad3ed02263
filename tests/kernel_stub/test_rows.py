"""Every row of both tables is complete: nothing is dispatched that can't be decoded, shown and looked up."""

import inspect
import re
from pathlib import Path

import pytest

from kernel_stub.darwin.abi import CLASS_MASK, MACH, MACHDEP, NUMBER_MASK, UNIX
from kernel_stub.darwin.mach_traps import MACH_TRAPS
from kernel_stub.darwin.machdep import MACHDEP_CALLS
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.kinds import INT, Fd, Kind
from kernel_stub.linux.personality import LINUX
from kernel_stub.syscalls import Row, table

NAMES = {
    ("linux", 0): LINUX.syscalls,
    ("darwin", UNIX): DARWIN.syscalls,
    ("darwin", MACH): MACH_TRAPS,
    ("darwin", MACHDEP): MACHDEP_CALLS,
}
ROWS = [
    pytest.param(personality, row, id=f"{personality.name}-{row.name}")
    for personality in (LINUX, DARWIN)
    for row in personality.table.values()
]


@pytest.mark.parametrize(("personality", "row"), ROWS)
def test_a_row_lacks_nothing(personality, row):
    assert NAMES[personality.name, row.number & CLASS_MASK][row.number & NUMBER_MASK] == row.name
    assert personality.table[row.number] is row
    assert list(inspect.signature(row.handler).parameters) == ["kernel", *(p.name for p in row.parameters)]
    assert row.summary.endswith(".")
    assert re.fullmatch(r"\w+(\([23]\)| \(mach\))", row.manual)
    assert row.source.count(":") == 1
    assert len(row.parameters) <= 6
    assert isinstance(row.result, Kind)


@pytest.mark.parametrize(("personality", "row"), ROWS)
def test_a_row_is_tested(personality, row):
    """Some test beside this one makes the call by its name."""
    here = Path(__file__)
    tests = [path.read_text() for path in here.parent.rglob("test_*.py") if path != here]
    assert any(re.search(rf'"{row.name}"', text) for text in tests)


@pytest.mark.parametrize(
    ("personality", "name", "signature"),
    [
        (LINUX, "write", "write(int fd, const void *buf, size_t count)"),
        (LINUX, "fcntl", "fcntl(int fd, unsigned int cmd, unsigned long arg)"),
        (LINUX, "dup3", "dup3(int oldfd, int newfd, int flags)"),
        (DARWIN, "fcntl", "fcntl(int fd, int cmd, long arg)"),
        (DARWIN, "getpid", "getpid(void)"),
    ],
)
def test_the_signature_follows_from_the_row(personality, name, signature):
    (row,) = [row for row in personality.table.values() if row.name == name]
    assert row.signature == signature


def test_a_handler_needs_kinds():
    def handler(kernel, fd: int) -> Fd:
        """A call."""

    with pytest.raises(TypeError, match="wrong: fd has no argument kind"):
        Row(1, "wrong", handler, "wrong(2)", "a:b").parameters  # noqa: B018


def test_a_handler_needs_a_result_kind():
    def handler(kernel):
        """A call."""

    with pytest.raises(TypeError, match="wrong: return has no argument kind"):
        Row(1, "wrong", handler, "wrong(2)", "a:b").result  # noqa: B018


def test_two_rows_cannot_have_one_number():
    row = LINUX.table[39]
    with pytest.raises(ValueError, match="two rows with one number"):
        table(row, row)


@pytest.mark.parametrize(
    ("raw", "value"), [(0x7FFF_FFFF, 0x7FFF_FFFF), (0x8000_0000, -(1 << 31)), (1 << 32, 0)]
)
def test_an_int_is_the_low_half(raw, value):
    assert INT.decode(raw) == value
