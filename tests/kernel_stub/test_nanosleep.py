"""nanosleep(2): the clock jumps, signals end it, and what is left is told."""

import pytest

SECOND, MILLISECOND = 1_000_000_000, 1_000_000
EINTR = -4 & (1 << 64) - 1
SA_RESTART = 0x1000_0000


def test_an_hour_costs_nothing(linux):
    assert linux.call("nanosleep", linux.put_words(linux.rw, 3600, 5), 0) == 0
    assert linux.kernel.clock.now == 3600 * SECOND + 5
    assert linux.kernel.clock.retired == 0
    assert linux.texts == ["nanosleep({tv_sec=3600, tv_nsec=5}, NULL) = 0"]


def test_no_time_is_no_sleep(linux):
    assert linux.call("nanosleep", linux.put_words(linux.rw, 0, 0), linux.hole) == 0
    assert linux.kernel.clock.now == 0


@pytest.mark.parametrize("time", [(-1, 0), (0, -1), (0, SECOND), (1 << 62, SECOND)])
def test_what_is_no_time(linux, time):
    assert linux.call("nanosleep", linux.put_words(linux.rw, *time), linux.hole) == "EINVAL"


def test_the_time_is_read_before_it_is_judged(linux):
    assert linux.call("nanosleep", linux.hole - 8, 0) == "EFAULT"
    assert linux.call("nanosleep", 0, 0) == "EFAULT"


@pytest.mark.parametrize("seconds", [9_223_372_036, 9_223_372_037, (1 << 63) - 1])
def test_times_past_the_clocks_end_never_come(linux, seconds):
    linux.call("nanosleep", linux.put_words(linux.rw, seconds, 0), 0)
    assert linux.kernel.waiting
    assert linux.kernel.clock.now == 0


@pytest.mark.parametrize("flags", [0, SA_RESTART])
def test_a_handler_ends_it_and_the_rest_is_told(linux, flags):
    linux.catch("SIGUSR1", flags)
    linux.kernel.deliver_at_time(300 * MILLISECOND, "SIGUSR1")
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), linux.rw + 16)
    assert linux.words(linux.rw + 16, 2) == (0, 700 * MILLISECOND)
    frame = linux.frame()
    assert (frame["uc_mcontext.rip"], frame["uc_mcontext.rax"]) == (linux.after, EINTR)
    assert linux.texts[:3] == [
        "SIGUSR1 (sent at 300000000 ns)",
        "nanosleep({tv_sec=1, tv_nsec=0}, 0x10010) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)",
        "nanosleep is interrupted: EINTR",
    ]


def test_a_rest_that_cannot_be_told(linux):
    linux.catch("SIGUSR1")
    linux.kernel.deliver_at_time(1, "SIGUSR1")
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), linux.ro)
    assert linux.frame()["uc_mcontext.rax"] == -14 & (1 << 64) - 1
    assert linux.kernel.thread.restart is None


def test_an_ignored_signal_does_not_wake(linux):
    linux.kernel.deliver_at_time(MILLISECOND, "SIGCHLD")
    assert linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), linux.rw + 16) == 0
    assert linux.words(linux.rw + 16, 2) == (0, 0)
    assert linux.kernel.clock.now == SECOND


def test_a_blocked_signal_does_not_wake(linux):
    linux.catch("SIGUSR1")
    linux.kernel.thread.blocked = 1 << 9
    linux.kernel.deliver_at_time(MILLISECOND, "SIGUSR1")
    assert linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), 0) == 0


def test_time_and_signal_at_once_is_the_time(linux):
    linux.catch("SIGUSR1")
    linux.kernel.deliver_at_time(SECOND, "SIGUSR1")
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), 0)
    assert linux.frame()["uc_mcontext.rax"] == 0


def test_a_fatal_signal_ends_the_process_in_its_sleep(linux):
    linux.kernel.deliver_at_time(MILLISECOND, "SIGTERM")
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), 0)
    assert linux.kernel.process.exit.signal == "SIGTERM"
    assert linux.kernel.clock.now == MILLISECOND
