"""clock_getres(2): nanoseconds, or timer ticks."""

import pytest

TICK = 4_000_000


@pytest.mark.parametrize(
    ("clock", "step"),
    [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, TICK), (6, TICK), (7, 1), (11, 1), (-2, 1), (-3, TICK), (-8, TICK)],
)
def test_steps(linux, clock, step):
    assert linux.call("clock_getres", clock, linux.rw) == 0
    assert linux.words(linux.rw, 2) == (0, step)
    assert linux.call("clock_getres", clock, 0) == 0
    assert linux.call("clock_getres", clock, linux.ro) == "EFAULT"


@pytest.mark.parametrize("clock", [8, 9, 10, 12, -1, -5])
def test_no_such_clock(linux, clock):
    assert linux.call("clock_getres", clock, linux.ro) == "EINVAL"
