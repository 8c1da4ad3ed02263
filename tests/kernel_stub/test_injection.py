"""The caller can make the next call answer any 64-bit value."""

import pytest

from kernel_stub.cpu import CARRY

VALUES = [0, 1, 0x7FFF_FFFF_FFFF_FFFF, 1 << 63, (1 << 64) - 4096, (1 << 64) - 1]


@pytest.mark.parametrize("value", VALUES)
def test_any_value_stands_in_rax(guest, value):
    guest.kernel.inject(value)
    guest.call("close", 1)
    assert guest.registers.rax == value
    assert not guest.registers.rflags & CARRY
    assert guest.text.endswith(" (INJECTED)")


@pytest.mark.parametrize("value", VALUES)
def test_darwin_errors_are_told_by_carry(darwin, value):
    darwin.kernel.inject(value, error=True)
    darwin.registers.rax = 0x2000006
    darwin.kernel.syscall(darwin.registers)
    assert (darwin.registers.rax, darwin.registers.rflags & CARRY) == (value, CARRY)


def test_linux_has_no_carry(linux):
    linux.kernel.inject(9, error=True)
    assert linux.call("close", 1) == 9
    assert not linux.registers.rflags & CARRY


def test_the_call_is_not_executed_and_only_one_is_injected(guest):
    guest.kernel.inject(5)
    assert guest.call("close", 1) == 5
    assert guest.text == "close(1) = 5 (INJECTED)"
    assert guest.call("close", 1) == 0
    assert guest.text == "close(1) = 0"


def test_by_errno(guest):
    guest.kernel.inject_errno("EINTR")
    assert guest.call("getpid") == "EINTR"
    assert guest.text == "getpid() = -1 EINTR (Interrupted system call) (INJECTED)"


def test_an_errno_that_has_no_name(linux, darwin):
    linux.kernel.inject(-4000)
    linux.registers.rax = 39
    linux.kernel.syscall(linux.registers)
    assert linux.text == "getpid() = -1 (errno 4000) (INJECTED)"
    darwin.kernel.inject(4000, error=True)
    darwin.registers.rax = 0x2000014
    darwin.kernel.syscall(darwin.registers)
    assert darwin.text == "getpid() = -1 (errno 4000) (INJECTED)"


def test_linux_takes_4095_as_an_error_and_4096_not(linux):
    for value, text in ((-4095, "-1 (errno 4095)"), (-4096, "-4096")):
        linux.kernel.inject(value)
        linux.registers.rax = 39
        linux.kernel.events.clear()
        linux.kernel.syscall(linux.registers)
        assert linux.text == f"getpid() = {text} (INJECTED)"


def test_an_unknown_name_is_the_callers_mistake(guest):
    with pytest.raises(KeyError):
        guest.kernel.inject_errno("EWHAT")


def test_a_call_that_is_not_served_can_be_injected(guest):
    guest.kernel.inject(0x7000)
    assert guest.call("ptrace", 0, 0x1000) == 0x7000
    assert guest.kernel.process.exit is None
    assert guest.text == "ptrace(0x0, 0x1000, 0xdd, 0x0, 0x0, 0x0) = 28672 (INJECTED)"
