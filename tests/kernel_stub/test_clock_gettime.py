"""clock_gettime(2): one virtual time, seen by every clock."""

import pytest

from kernel_stub.clock import SWITCHED_ON

SECOND = 1_000_000_000
REALTIME, MONOTONIC, PROCESS, THREAD, RAW, REALTIME_COARSE, MONOTONIC_COARSE, BOOTTIME = range(8)
TAI = 11
CALLERS = [-2, -3, -4, -6, -7, -8]  # the calling thread's and process's time, of three sorts


def read(guest, clock):
    assert guest.call("clock_gettime", clock, guest.rw) == 0
    seconds, rest = guest.words(guest.rw, 2)
    assert 0 <= rest < SECOND
    return seconds * SECOND + rest


@pytest.mark.parametrize(
    ("clock", "time"),
    [
        (REALTIME, SWITCHED_ON + 2_009_000_001),
        (TAI, SWITCHED_ON + 2_009_000_001),
        (MONOTONIC, 2_009_000_001),
        (RAW, 2_009_000_001),
        (BOOTTIME, 2_009_000_001),
        (REALTIME_COARSE, SWITCHED_ON + 2_008_000_000),
        (MONOTONIC_COARSE, 2_008_000_000),
        (PROCESS, 9_000_001),
        (THREAD, 9_000_001),
        (~4242 << 3 | 2, 9_000_001),
        (~4242 << 3 | 6, 9_000_001),
    ],
)
def test_after_two_seconds_of_sleep_and_nine_million_instructions(linux, clock, time):
    linux.call("nanosleep", linux.put_words(linux.rw, 2, 0), 0)
    linux.kernel.clock.retired = 9_000_001
    assert read(linux, clock) == time


@pytest.mark.parametrize("clock", CALLERS)
def test_the_callers_processor_time(linux, clock):
    linux.kernel.clock.retired = 8_000_000
    assert read(linux, clock) == 8_000_000


def test_the_machine_is_switched_on_in_december_2008(linux):
    linux.call("clock_gettime", REALTIME, linux.rw)
    assert linux.text == "clock_gettime(CLOCK_REALTIME, {tv_sec=1228089600, tv_nsec=0}) = 0"


@pytest.mark.parametrize("clock", [8, 9, 10, 12, 16, 99, -1, -5, ~99999 << 3 | 2, ~4243 << 3 | 6])
def test_what_cannot_be_read(linux, clock):
    assert linux.call("clock_gettime", clock, linux.hole) == "EINVAL"


@pytest.mark.parametrize("clock", [REALTIME, MONOTONIC_COARSE, PROCESS, -6])
def test_a_null_pointer_is_a_fault(linux, clock):
    assert linux.call("clock_gettime", clock, 0) == "EFAULT"
    assert linux.call("clock_gettime", clock, linux.ro) == "EFAULT"


@pytest.mark.parametrize(
    ("clock", "text"),
    [
        (99, "0x63 /* CLOCK_??? */"),
        (-6, "0xfffffffa /* CLOCK_??? */"),
        (10, "CLOCK_SGI_CYCLE"),
    ],
)
def test_texts_of_numbers(linux, clock, text):
    linux.call("clock_gettime", clock, 0)
    assert linux.text.startswith(f"clock_gettime({text}, NULL)")
