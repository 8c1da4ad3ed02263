"""Darwin's machine-dependent calls: osfmk/i386/bsd_i386.c."""

import pytest

from kernel_stub.cpu import CARRY
from kernel_stub.darwin.abi import MACHDEP
from kernel_stub.darwin.machdep import NUMBERS

SET_SELF = MACHDEP | NUMBERS["thread_fast_set_cthread_self64"]


@pytest.mark.parametrize(("address", "base"), [(0x12340, 0x12340), (0x7FFF_FFFF_F000, 0), (1 << 63, 0)])
def test_the_base_of_gs_is_set_and_no_users_address_is_0(mach, address, base):
    mach.registers.gs_base = 0x77
    mach.registers.rflags |= CARRY
    assert mach.enter(SET_SELF, address) == 0x0F
    assert (mach.registers.gs_base, mach.registers.rdx, mach.failed) == (base, 0xDD, True)
    assert mach.texts == [f"thread_fast_set_cthread_self64({address:#x}) = 0xf"]


def test_each_thread_has_its_own_base(mach):
    main = mach.tid
    mach.enter(SET_SELF, 0x1000)
    mach.thread()
    mach.give_way()
    assert mach.registers.gs_base == 0
    mach.enter(SET_SELF, 0x2000)
    assert mach.give_way() == main
    assert mach.registers.gs_base == 0x1000


@pytest.mark.parametrize("carry", [0, CARRY])
@pytest.mark.parametrize("number", [0, 5, 0xFFFFFF])
def test_a_number_that_is_not_there_answers_a_code_that_says_nothing_through_flags(mach, number, carry):
    """machdep_syscall64: kern_invalid's KERN_INVALID_ARGUMENT, and no signal."""
    mach.registers.rflags |= carry
    assert mach.enter(MACHDEP | number) == 4
    assert (mach.registers.rdx, mach.registers.rflags) == (0xDD, 0x202 | carry)
    assert mach.texts == [f"machdep_call_{number}(0x0, 0x0, 0xdd, 0x0, 0x0, 0x0) = 4"]
