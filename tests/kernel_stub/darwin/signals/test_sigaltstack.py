"""sigaltstack on Darwin: SS_ONSTACK is a flag of the thread, not a question of where RSP is."""

import struct

import pytest

ONSTACK, DISABLE = 1, 4
STACK, SIZE = 0x10000, 0x2000
SA_ONSTACK = 1


def test_at_first_there_is_none(process):
    assert process.told_stack() == (0, 0, DISABLE)


def test_size_comes_before_flags(process):
    assert process.stack(STACK, SIZE) == 0
    assert process.kernel.thread.altstack == (STACK, SIZE, 0)
    assert process.told_stack() == (STACK, SIZE, 0)


@pytest.mark.parametrize(("size", "answer"), [(8191, "ENOMEM"), (8192, 0), (0, "ENOMEM")])
def test_the_least_size_is_8_kib_whatever_minsigstksz_says(process, size, answer):
    """OLDMINSIGSTKSZ is enforced, so that old programs go on working."""
    assert process.stack(STACK, size) == answer


@pytest.mark.parametrize("flags", [ONSTACK, 2, 8, DISABLE | ONSTACK, 0x4000_0000])
def test_flags_but_ss_disable_are_wrong(process, flags):
    """Also SS_ONSTACK, which Linux takes."""
    assert process.stack(STACK, SIZE, flags) == "EINVAL"


def test_switched_off_it_keeps_address_and_size(process):
    process.stack(STACK, SIZE)
    assert process.stack(0x1234, 1, DISABLE) == 0
    assert process.told_stack() == (STACK, SIZE, DISABLE)


def on_it(process):
    process.stack(process.rw, SIZE)
    process.top = process.rw + 0x1000
    process.handle(30, SA_ONSTACK)
    process.call("kill", 4242, 30, 1)
    assert process.kernel.thread.altstack.flags == ONSTACK


def test_on_it_nothing_can_be_set(process):
    on_it(process)
    assert process.stack(STACK, SIZE) == "EPERM"


def test_on_it_switching_off_is_another_error(process):
    on_it(process)
    assert process.stack(0, 0, DISABLE) == "EINVAL"


def test_on_it_it_is_told_so_wherever_rsp_is(process):
    on_it(process)
    process.top = 0x7000_0000
    assert process.told_stack() == (process.rw, SIZE, ONSTACK)


def test_the_old_one_is_told_even_if_the_new_one_is_refused(process):
    process.stack(STACK, SIZE)
    process.guest.put(process.rw, struct.pack("<QQii", 1, 1, 0, 0))
    assert process.call("sigaltstack", process.rw, process.rw + 0x40) == "ENOMEM"
    assert process.read(process.rw + 0x40, 16) == struct.pack("<QQ", STACK, SIZE)


@pytest.mark.parametrize("which", ["new", "old"])
def test_bad_addresses(process, which):
    arguments = (process.hole, 0) if which == "new" else (0, process.ro)
    assert process.call("sigaltstack", *arguments) == "EFAULT"
