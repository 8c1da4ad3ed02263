"""alarm(2): whole seconds on the real-time timer, and what was left, rounded."""

import pytest

SECOND = 1_000_000_000


def test_it_comes(linux):
    linux.catch("SIGALRM")
    assert linux.call("alarm", 2) == 0
    assert linux.text == "alarm(2) = 0"
    linux.call("pause")
    assert linux.kernel.clock.now == 2 * SECOND
    assert linux.registers.rip == linux.handler


def test_zero_cancels(linux):
    linux.call("alarm", 2)
    assert linux.call("alarm", 0) == 2
    assert linux.kernel.deadline is None
    assert linux.call("alarm", 0) == 0


@pytest.mark.parametrize(
    ("microseconds", "seconds"), [(1, 1), (499_999, 1), (1_499_999, 1), (1_500_000, 2), (2_000_000, 2), (2_499_999, 2)]
)
def test_what_was_left_is_rounded_but_never_to_nothing(linux, microseconds, seconds):
    linux.call("setitimer", 0, linux.put_words(linux.rw, 0, 0, *divmod(microseconds, 1_000_000)), 0)
    assert linux.call("alarm", 0) == seconds


def test_it_ends_a_period(linux):
    linux.catch("SIGALRM")
    linux.call("setitimer", 0, linux.put_words(linux.rw, 0, 5, 0, 5), 0)
    linux.call("alarm", 1)
    linux.run(3 * SECOND)
    assert linux.kernel.deadline is None
    assert linux.kernel.process.timers.intervals[0] == 0


def test_the_argument_is_unsigned(linux):
    linux.call("alarm", (1 << 32) - 1)
    assert linux.kernel.deadline == ((1 << 32) - 1) * SECOND
    assert linux.call("alarm", 1 << 32) == (1 << 32) - 1
    assert linux.kernel.deadline is None


def test_seconds_left_that_an_int_does_not_hold(linux):
    linux.call("setitimer", 0, linux.put_words(linux.rw, 0, 0, (1 << 63) - 1, 0), 0)
    assert linux.call("alarm", 0) == 9_223_372_037 % (1 << 32)
