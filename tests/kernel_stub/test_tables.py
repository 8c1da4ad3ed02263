"""The number tables' shape: sorted, unique, and complete where the systems have no gaps."""

from __future__ import annotations

import re

import pytest

from kernel_stub.darwin import constants as darwin_constants
from kernel_stub.darwin import errno as darwin_errno
from kernel_stub.darwin import mach_traps
from kernel_stub.darwin import signals as darwin_signals
from kernel_stub.darwin import syscall_names as darwin_syscalls
from kernel_stub.linux import constants as linux_constants
from kernel_stub.linux import errno as linux_errno
from kernel_stub.linux import signals as linux_signals
from kernel_stub.linux import syscall_names as linux_syscalls

ROWS = [linux_errno.ERRNO, darwin_errno.ERRNO, linux_signals.SIGNALS, darwin_signals.SIGNALS]
NAMES = [linux_syscalls.SYSCALLS, darwin_syscalls.SYSCALLS, mach_traps.MACH_TRAPS]


@pytest.mark.parametrize("rows", ROWS)
def test_rows_are_sorted_and_unique(rows):
    numbers = [row.number for row in rows]
    assert numbers == sorted(set(numbers))
    assert len({row.name for row in rows}) == len(rows)


@pytest.mark.parametrize("rows", ROWS)
def test_rows_have_texts_without_full_stop_or_blank(rows):
    for row in rows:
        text = row[-1]
        assert text and text == text.strip() and "\n" not in text, row


@pytest.mark.parametrize("names", NAMES)
def test_names_are_sorted_by_number_and_unique(names):
    assert list(names) == sorted(names)
    assert len(set(names.values())) == len(names)
    assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", name) for name in names.values())


@pytest.mark.parametrize("module", [linux_errno, darwin_errno, linux_signals, darwin_signals])
def test_every_name_and_alias_leads_to_its_row(module):
    rows = module.ERRNO if hasattr(module, "ERRNO") else module.SIGNALS
    for row in rows:
        assert module.BY_NAME[row.name] is row
        assert module.BY_NUMBER[row.number] is row
    for alias, name in module.ALIASES.items():
        assert alias not in {row.name for row in rows}
        assert module.BY_NAME[alias] is module.BY_NAME[name]


@pytest.mark.parametrize(
    ("signals", "last"),
    [(linux_signals.BY_NUMBER, 64), (darwin_signals.BY_NUMBER, 31)],
    ids=["linux", "darwin"],
)
def test_signals_have_no_gaps(signals, last):
    assert list(signals) == list(range(1, last + 1))


@pytest.mark.parametrize(
    ("table", "numbers"),
    [
        (linux_syscalls.SYSCALLS, linux_syscalls.NUMBERS),
        (darwin_syscalls.SYSCALLS, darwin_syscalls.NUMBERS),
        (mach_traps.MACH_TRAPS, mach_traps.NUMBERS),
    ],
)
def test_numbers_is_the_inverse(table, numbers):
    assert {number: name for name, number in numbers.items()} == table


@pytest.mark.parametrize(
    ("constants", "signals", "errno"),
    [
        (linux_constants.CONSTANTS, linux_signals.BY_NAME, linux_errno.BY_NAME),
        (darwin_constants.CONSTANTS, darwin_signals.BY_NAME, darwin_errno.BY_NAME),
    ],
    ids=["linux", "darwin"],
)
def test_a_name_means_one_thing(constants, signals, errno):
    assert not constants.keys() & signals.keys()
    assert not constants.keys() & errno.keys()
    assert not signals.keys() & errno.keys()
    assert all(re.fullmatch(r"(__)?[A-Z][A-Z0-9_]*", name) for name in constants)
