"""Semaphores' counts and traps: osfmk/kern/sync_sema.c."""

from __future__ import annotations

import pytest

SUCCESS, INVALID_ARGUMENT, ABORTED, INVALID_NAME, INVALID_RIGHT, INVALID_VALUE = 0, 4, 14, 15, 17, 18
TERMINATED, NOT_WAITING, TIMED_OUT = 37, 48, 49


def test_a_signal_before_the_wait_is_kept(mach):
    """semaphore_signal_internal, SEMAPHORE_SIGNAL_PREPOST: each signal lets one wait pass."""
    name = mach.semaphore()
    assert [mach.trap("semaphore_signal_trap", name) for _ in range(2)] == [SUCCESS, SUCCESS]
    assert [mach.trap("semaphore_wait_trap", name) for _ in range(2)] == [SUCCESS, SUCCESS]
    mach.trap("semaphore_wait_trap", name)
    assert mach.kernel.waiting


def test_the_first_value_lets_as_many_waits_pass(mach):
    name = mach.semaphore(2)
    zero = [mach.trap("semaphore_timedwait_trap", name, 0, 0) for _ in range(3)]
    assert zero == [SUCCESS, SUCCESS, TIMED_OUT]


def test_a_wait_with_a_timeout_of_zero_does_not_sleep(mach):
    """semaphore_wait_internal: {0, 0} is nonblocking."""
    name, before = mach.semaphore(), mach.kernel.clock.now
    assert mach.trap("semaphore_timedwait_trap", name, 0, 0) == TIMED_OUT
    assert mach.kernel.clock.now == before


def test_a_timed_wait_ends_when_its_time_is_over(mach):
    name, before = mach.semaphore(), mach.kernel.clock.now
    assert mach.trap("semaphore_timedwait_trap", name, 1, 500) == TIMED_OUT
    assert mach.kernel.clock.now == before + 1_000_000_500
    assert mach.texts == [f"semaphore_timedwait_trap({name:#x}, 1, 500) = KERN_OPERATION_TIMED_OUT (49)"]


def test_a_wait_that_timed_out_leaves_no_trace_in_the_count(mach):
    """The count of -1 that it left is put right by the next signal."""
    name = mach.semaphore()
    mach.trap("semaphore_timedwait_trap", name, 0, 1)
    mach.trap("semaphore_signal_trap", name)
    assert [mach.trap("semaphore_timedwait_trap", name, 0, 0) for _ in range(2)] == [SUCCESS, TIMED_OUT]


@pytest.mark.parametrize("nanoseconds", [1_000_000_000, 0xFFFFFFFF])
def test_a_second_has_no_more_nanoseconds(mach, nanoseconds):
    """BAD_MACH_TIMESPEC is looked at before the name."""
    assert mach.trap("semaphore_timedwait_trap", 0xBAD, 0, nanoseconds) == INVALID_VALUE


@pytest.mark.parametrize(
    "name",
    ["semaphore_signal_trap", "semaphore_signal_all_trap", "semaphore_wait_trap", "semaphore_timedwait_trap"],
)
def test_names_that_are_no_semaphores(mach, name):
    """port_name_to_semaphore: no such name, a right that can't send, a port of another kind."""
    assert mach.trap(name, 0) == INVALID_NAME
    assert mach.trap(name, 0xFFFFFFFF) == INVALID_NAME
    assert mach.trap(name, 0x9903) == INVALID_NAME
    assert mach.trap(name, mach.trap("mach_reply_port")) == INVALID_RIGHT
    assert mach.trap(name, mach.trap("task_self_trap")) == INVALID_ARGUMENT


def test_a_trap_writes_rax_alone(mach):
    """osfmk/i386/bsd_i386.c: mach_call_munger64. The carry flag stays as the program had it."""
    mach.registers.rflags = 0x203
    assert mach.trap("semaphore_signal_trap", 0) == INVALID_NAME
    assert (mach.registers.rdx, mach.registers.rflags) == (0xDD, 0x203)
    assert mach.texts == ["semaphore_signal_trap(0) = KERN_INVALID_NAME (15)"]


def test_the_one_who_waited_first_is_woken_first(mach):
    """SYNC_POLICY_FIFO."""
    assert woken(mach, policy=0) == "ab"


def test_the_one_who_waited_last_is_woken_first(mach):
    """SYNC_POLICY_LIFO."""
    assert woken(mach, policy=2) == "ba"


def woken(mach, policy: int) -> str:
    """Two threads wait, in the order a, b; the order in which two signals let them go on."""
    name = mach.semaphore(policy=policy)
    main, a, b = mach.tid, mach.thread(), mach.thread()
    assert mach.give_way() == a
    mach.trap("semaphore_wait_trap", name)
    assert mach.tid == b
    mach.trap("semaphore_wait_trap", name)
    assert mach.tid == main
    mach.trap("semaphore_signal_trap", name)
    first = mach.give_way()
    assert mach.registers.rax == SUCCESS
    assert mach.give_way() == main
    mach.trap("semaphore_signal_trap", name)
    threads = {first, mach.give_way()}
    assert threads >= {a} and first in (a, b)
    return "ab" if first == a else "ba"


def test_signal_all_wakes_all_and_is_not_kept(mach):
    """SEMAPHORE_SIGNAL_ALL: the count is 0 afterwards, and stays 0 where nobody waits."""
    name, main = mach.semaphore(), mach.tid
    threads = [mach.thread(), mach.thread()]
    mach.give_way()
    mach.trap("semaphore_wait_trap", name)
    mach.trap("semaphore_wait_trap", name)
    assert mach.tid == main
    assert mach.trap("semaphore_signal_all_trap", name) == SUCCESS
    assert [mach.give_way(), mach.give_way()] == threads
    assert mach.trap("semaphore_signal_all_trap", name) == SUCCESS
    assert mach.trap("semaphore_timedwait_trap", name, 0, 0) == TIMED_OUT


def test_signal_thread_wakes_that_thread_alone(mach):
    name, main = mach.semaphore(), mach.tid
    mach.thread(), mach.thread()
    mach.give_way()
    mach.trap("semaphore_wait_trap", name)
    second = mach.tid
    port = mach.trap("thread_self_trap")
    mach.trap("semaphore_wait_trap", name)
    assert mach.tid == main
    assert mach.trap("semaphore_signal_thread_trap", name, port) == SUCCESS
    assert mach.trap("semaphore_signal_thread_trap", name, port) == NOT_WAITING
    assert mach.give_way() == second


def test_signal_thread_is_not_kept(mach):
    """SEMAPHORE_OPTION_NONE: without a waiter nothing changes, also for MACH_PORT_NULL."""
    name = mach.semaphore()
    assert mach.trap("semaphore_signal_thread_trap", name, 0) == NOT_WAITING
    assert mach.trap("semaphore_signal_thread_trap", name, mach.trap("thread_self_trap")) == NOT_WAITING
    assert mach.trap("semaphore_timedwait_trap", name, 0, 0) == TIMED_OUT
    assert mach.trap("semaphore_signal_thread_trap", name, 0x9903) == INVALID_ARGUMENT
    assert mach.trap("semaphore_signal_thread_trap", name, name) == INVALID_ARGUMENT


def test_wait_signal_signals_the_other_once_it_waits(mach):
    mine, other = mach.semaphore(), mach.semaphore()
    main, helper = mach.tid, mach.thread()
    mach.trap("semaphore_wait_signal_trap", mine, other)
    assert mach.tid == helper
    assert mach.trap("semaphore_timedwait_trap", other, 0, 0) == SUCCESS
    mach.trap("semaphore_signal_trap", mine)
    assert mach.give_way() == main
    assert mach.registers.rax == SUCCESS


def test_a_wait_that_signals_itself_is_over_at_once(mach):
    name = mach.semaphore()
    assert mach.trap("semaphore_wait_signal_trap", name, name) == SUCCESS


def test_timedwait_signal_looks_at_the_one_to_signal_first(mach):
    """semaphore_timedwait_signal_trap_internal."""
    name = mach.semaphore()
    assert mach.trap("semaphore_timedwait_signal_trap", 0x9903, name, 0, 1 << 31) == INVALID_VALUE
    assert mach.trap("semaphore_timedwait_signal_trap", mach.trap("mach_reply_port"), 0x9903, 0, 0) == INVALID_NAME
    assert mach.trap("semaphore_timedwait_signal_trap", name, name, 0, 0) == TIMED_OUT
    assert mach.trap("semaphore_timedwait_trap", name, 0, 0) == SUCCESS


def test_a_signal_breaks_a_wait(mach):
    """THREAD_ABORTSAFE, THREAD_INTERRUPTED: KERN_ABORTED, and the call is not made again."""
    name = mach.semaphore()
    mach.guest.catch("SIGUSR1")
    mach.kernel.deliver_at(1000, "SIGUSR1")
    mach.trap("semaphore_wait_trap", name)
    assert f"semaphore_wait_trap({name:#x}) = KERN_ABORTED (14)" in mach.texts
    assert not mach.kernel.waiting
    assert mach.trap("semaphore_signal_trap", name) == SUCCESS
    assert mach.trap("semaphore_timedwait_trap", name, 0, 0) == SUCCESS


def test_destroying_wakes_those_who_wait(mach):
    """semaphore_destroy: THREAD_RESTART becomes KERN_TERMINATED."""
    name, main = mach.semaphore(), mach.tid
    helper = mach.thread()
    mach.give_way()
    mach.trap("semaphore_wait_trap", name)
    assert mach.tid == main
    assert mach.destroy(name) == SUCCESS
    assert mach.give_way() == helper
    assert mach.registers.rax == TERMINATED


def test_destroying_takes_the_right_that_the_message_brought(mach):
    """MACH_MSG_TYPE_MOVE_SEND: the name is gone too."""
    name = mach.semaphore(1)
    assert mach.destroy(name) == SUCCESS
    assert mach.trap("semaphore_wait_trap", name) == INVALID_NAME


def test_a_deadlock_is_seen(mach):
    name = mach.semaphore()
    mach.thread()
    mach.trap("semaphore_wait_trap", name)
    assert not mach.kernel.waiting
    mach.trap("semaphore_wait_trap", name)
    assert mach.kernel.waiting
