"""__semwait_signal, bsd/kern/kern_sig.c: waits of Mach semaphores with BSD's errors."""

from __future__ import annotations

import pytest

CALL = "__semwait_signal"
EINTR, EINVAL, ETIMEDOUT = 4, 22, 60


def test_a_relative_wait_ends_with_ETIMEDOUT(mach):
    """nanosleep of 10.5 is this call, on a semaphore that nobody signals."""
    name, before = mach.semaphore(), mach.kernel.clock.now
    assert (mach.call(CALL, name, 0, 1, 1, 2, 500), mach.failed) == (ETIMEDOUT, True)
    assert mach.kernel.clock.now == before + 2_000_000_500


def test_a_signalled_semaphore_answers_0(mach):
    name = mach.semaphore(1)
    assert (mach.call(CALL, name, 0, 0, 0, 0, 0), mach.failed) == (0, False)


def test_an_absolute_time_that_is_past_does_not_sleep(mach):
    name, before = mach.semaphore(), mach.kernel.clock.now
    assert (mach.call(CALL, name, 0, 1, 0, 1, 0), mach.failed) == (ETIMEDOUT, True)
    assert mach.kernel.clock.now == before


def test_an_absolute_time_is_the_wall_clocks(mach):
    name, before = mach.semaphore(), mach.kernel.clock.now
    until = mach.kernel.clock.wall + 3_000_000_000
    mach.call(CALL, name, 0, 1, 0, until // 1_000_000_000, until % 1_000_000_000)
    assert mach.kernel.clock.now == before + 3_000_000_000


def test_the_second_semaphore_is_signalled(mach):
    """semaphore_timedwait_signal: as pthread_cond_wait gives its mutex back."""
    waited, given = mach.semaphore(), mach.semaphore()
    mach.call(CALL, waited, given, 1, 1, 0, 1)
    assert mach.trap("semaphore_timedwait_trap", given, 0, 0) == 0


@pytest.mark.parametrize(("seconds", "nanoseconds"), [(0, 1_000_000_000), (0, -1), (-1, 0)])
def test_a_time_that_is_none_is_EINVAL(mach, seconds, nanoseconds):
    arguments = [value & 0xFFFF_FFFF_FFFF_FFFF for value in (seconds, nanoseconds)]
    assert (mach.call(CALL, mach.semaphore(), 0, 1, 1, *arguments), mach.failed) == (EINVAL, True)


def test_what_is_no_semaphore_is_EINVAL(mach):
    """Every other kern_return_t."""
    assert (mach.call(CALL, 0xBAD, 0, 0, 0, 0, 0), mach.failed) == (EINVAL, True)


def test_a_signal_ends_it_with_EINTR(mach):
    """KERN_ABORTED is EINTR, also with SA_RESTART: the call is not made again."""
    name = mach.semaphore()
    mach.kernel.deliver_at_time(mach.kernel.clock.now + 1000, "SIGCONT")
    mach.kernel.deliver_at_time(mach.kernel.clock.now + 2000, "SIGUSR1")
    mach.call(CALL, name, 0, 0, 0, 0, 0)
    assert mach.kernel.process.exit.signal == "SIGUSR1"
