"""clock_nanosleep(2): clocks, absolute times, and the order in which mistakes are found."""

import pytest

from kernel_stub.clock import SWITCHED_ON

SECOND = 1_000_000_000
REALTIME, MONOTONIC, PROCESS, THREAD, RAW, REALTIME_COARSE, MONOTONIC_COARSE = range(7)
BOOTTIME, REALTIME_ALARM, BOOTTIME_ALARM, SGI_CYCLE, TAI = range(7, 12)
ABSTIME = 1
EINTR = -4 & (1 << 64) - 1


@pytest.mark.parametrize("clock", [REALTIME, MONOTONIC, BOOTTIME, TAI])
def test_relative(linux, clock):
    linux.kernel.clock.retired = 77
    assert linux.call("clock_nanosleep", clock, 0, linux.put_words(linux.rw, 2, 5), linux.hole) == 0
    assert linux.kernel.clock.now == 77 + 2 * SECOND + 5


@pytest.mark.parametrize(
    ("clock", "start"), [(REALTIME, SWITCHED_ON), (TAI, SWITCHED_ON), (MONOTONIC, 0), (BOOTTIME, 0)]
)
def test_absolute(linux, clock, start):
    linux.kernel.clock.retired = 77
    when = linux.put_words(linux.rw, start // SECOND + 2, 5)
    assert linux.call("clock_nanosleep", clock, ABSTIME, when, 0) == 0
    assert linux.kernel.clock.now == 2 * SECOND + 5
    assert linux.call("clock_nanosleep", clock, ABSTIME, when, 0) == 0  # it is past
    assert linux.kernel.clock.now == 2 * SECOND + 5


def test_the_text(linux):
    linux.call("clock_nanosleep", MONOTONIC, ABSTIME, linux.put_words(linux.rw, 2, 5), 0)
    assert linux.text == "clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=2, tv_nsec=5}, NULL) = 0"


@pytest.mark.parametrize(
    ("clock", "good", "bad_time", "bad_address"),
    [
        (RAW, "EOPNOTSUPP", "EOPNOTSUPP", "EOPNOTSUPP"),
        (THREAD, "EOPNOTSUPP", "EOPNOTSUPP", "EOPNOTSUPP"),
        (REALTIME_COARSE, "EOPNOTSUPP", "EOPNOTSUPP", "EOPNOTSUPP"),
        (MONOTONIC_COARSE, "EOPNOTSUPP", "EOPNOTSUPP", "EOPNOTSUPP"),
        (REALTIME_ALARM, "EOPNOTSUPP", "EINVAL", "EFAULT"),  # no clock that wakes the machine
        (BOOTTIME_ALARM, "EOPNOTSUPP", "EINVAL", "EFAULT"),
        (SGI_CYCLE, "EINVAL", "EINVAL", "EINVAL"),
        (12, "EINVAL", "EINVAL", "EINVAL"),
        (MONOTONIC, 0, "EINVAL", "EFAULT"),
        (-1, "EINVAL", "EINVAL", "EFAULT"),
        (-2, "EINVAL", "EINVAL", "EFAULT"),  # the calling thread's own time
        (-5, "EOPNOTSUPP", "EOPNOTSUPP", "EOPNOTSUPP"),  # descriptor 0's clock
        (-6, 0, "EINVAL", "EFAULT"),  # the calling process's time
        (~99999 << 3 | 2, "EINVAL", "EINVAL", "EFAULT"),
    ],
)
def test_mistakes(linux, clock, good, bad_time, bad_address):
    assert linux.call("clock_nanosleep", clock, 0, linux.put_words(linux.rw, 0, 0), 0) == good
    assert linux.call("clock_nanosleep", clock, 0, linux.put_words(linux.rw, 0, SECOND), 0) == bad_time
    assert linux.call("clock_nanosleep", clock, 0, linux.hole, 0) == bad_address


def test_a_handler_ends_a_relative_sleep(linux):
    linux.catch("SIGUSR1", 0x1000_0000)
    linux.kernel.deliver_at_time(SECOND // 4, "SIGUSR1")
    linux.call("clock_nanosleep", REALTIME, 0, linux.put_words(linux.rw, 1, 0), linux.rw + 16)
    assert linux.words(linux.rw + 16, 2) == (0, 3 * SECOND // 4)
    assert linux.frame()["uc_mcontext.rax"] == EINTR


def test_a_handler_ends_an_absolute_sleep_and_nothing_is_left(linux):
    """Not even SA_RESTART makes it again."""
    linux.catch("SIGUSR1", 0x1000_0000)
    linux.kernel.deliver_at_time(SECOND // 4, "SIGUSR1")
    linux.put_words(linux.rw + 16, 7, 8)
    linux.call("clock_nanosleep", MONOTONIC, ABSTIME, linux.put_words(linux.rw, 1, 0), linux.rw + 16)
    assert linux.words(linux.rw + 16, 2) == (7, 8)
    assert linux.frame()["uc_mcontext.rax"] == EINTR
    assert linux.texts[1].endswith(" = ? ERESTARTNOHAND (To be restarted if no handler)")


def test_an_absolute_sleep_is_made_again_without_a_handler(linux):
    """From its own SYSCALL, with RAX as it was: the time is read again."""
    linux.kernel.deliver_at_time(SECOND // 4, "SIGSTOP")
    linux.kernel.deliver_at_time(SECOND // 2, "SIGCONT")
    linux.call("clock_nanosleep", MONOTONIC, ABSTIME, linux.put_words(linux.rw, 1, 0), 0)
    assert (linux.registers.rip, linux.registers.rax) == (linux.after - 2, 230)
    linux.registers.rip += 2
    linux.kernel.syscall(linux.registers)
    assert linux.registers.rax == 0
    assert linux.kernel.clock.now == SECOND


def test_the_processs_own_time_stands_still_while_it_sleeps(linux):
    linux.call("clock_nanosleep", PROCESS, 0, linux.put_words(linux.rw, 1, 0), 0)
    assert linux.kernel.waiting
    assert linux.kernel.clock.now == 0


def test_a_sleep_on_processor_time_says_what_is_left(linux):
    linux.catch("SIGUSR1")
    linux.kernel.deliver_at_time(5 * SECOND, "SIGUSR1")
    linux.kernel.clock.retired = 1000
    linux.call("clock_nanosleep", PROCESS, 0, linux.put_words(linux.rw, 1, 0), linux.rw + 16)
    assert linux.words(linux.rw + 16, 2) == (1, 0)
    linux.catch("SIGUSR1")
    linux.kernel.deliver_at_time(9 * SECOND, "SIGUSR1")
    linux.put_words(linux.rw + 16, 0, 0)
    linux.kernel.thread.blocked = 0
    linux.call("clock_nanosleep", PROCESS, ABSTIME, linux.put_words(linux.rw, 1, 0), linux.rw + 16)
    assert linux.words(linux.rw + 16, 2) == (0, 0)


@pytest.mark.parametrize("clock", [REALTIME, MONOTONIC])
def test_the_end_of_time_never_comes(linux, clock):
    linux.call("clock_nanosleep", clock, ABSTIME, linux.put_words(linux.rw, (1 << 63) - 1, 0), 0)
    assert linux.kernel.waiting
    assert linux.kernel.clock.now == 0
