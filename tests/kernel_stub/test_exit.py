"""_exit(2), exit_group(2)."""

import pytest


def test_ends_the_process(guest):
    assert guest.call("exit", 3) == ""
    assert guest.texts == ["exit(3) = ?", "exited with 3"]
    assert guest.kernel.process.exit.code == 3


@pytest.mark.parametrize(
    ("status", "code"), [(0x1234, 0x34), (0xFFFF_FFFF_FFFF_FFFF, 255), (0x1_0000_0005, 5)]
)
def test_the_parent_sees_eight_bits(guest, status, code):
    guest.call("exit", status)
    assert guest.kernel.process.exit.code == code


def test_leaves_the_registers_alone(guest):
    guest.call("exit", 3)
    assert (guest.registers.rdi, guest.registers.rdx) == (3, 0xDD)


def test_exit_group(linux):
    linux.call("exit_group", 0)
    assert linux.texts == ["exit_group(0) = ?", "exited with 0"]
