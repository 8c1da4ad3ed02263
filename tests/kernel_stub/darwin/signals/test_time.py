"""Timers, the time of day, and select without descriptors, as xnu's kern_time.c answers them."""

import struct

import pytest

REAL, VIRTUAL, PROF = 0, 1, 2
ALRM, USR1, RESTART = 14, 30, 2
SECOND, MICROSECOND = 10**9, 1000


def itimer(process, value, interval=0, which=REAL):
    words = (*divmod(interval, 10**6), *divmod(value, 10**6))
    process.guest.put(process.rw, struct.pack("<qixxxxqixxxx", *words))
    return process.call("setitimer", which, process.rw, process.rw + 64)


def told(process, which=REAL):
    assert process.call("getitimer", which, process.rw + 128) == 0
    return struct.unpack("<qixxxxqixxxx", process.read(process.rw + 128, 32))


def test_a_timer_runs_and_is_told(process):
    assert itimer(process, 2_500_000, 7) == 0
    process.kernel.clock.skipped += SECOND
    assert told(process) == (0, 7, 1, 500_000)
    assert process.read(process.rw + 64, 32) == bytes(32)


@pytest.mark.parametrize(
    ("seconds", "micros", "answer"),
    [(0, 1_000_000, "EINVAL"), (0, -1, "EINVAL"), (-1, 0, "EINVAL"), (100_000_000, 0, 0), (100_000_001, 0, "EINVAL")],
)
def test_itimerfix(process, seconds, micros, answer):
    process.guest.put(process.rw, struct.pack("<qixxxxqixxxx", 0, 0, seconds, micros))
    assert process.call("setitimer", REAL, process.rw, 0) == answer


def test_the_old_setting_is_told_even_if_the_new_one_is_refused(process):
    itimer(process, 5)
    process.guest.put(process.rw, struct.pack("<qixxxxqixxxx", 0, 0, -1, 0))
    assert process.call("setitimer", REAL, process.rw, process.rw + 64) == "EINVAL"
    assert process.read(process.rw + 64, 32) == struct.pack("<qixxxxqixxxx", 0, 0, 0, 5)


def test_no_new_setting_changes_nothing(process):
    """Linux stops the timer."""
    itimer(process, 5)
    assert process.call("setitimer", REAL, 0, 0) == 0
    assert told(process) == (0, 0, 0, 5)


@pytest.mark.parametrize("which", [3, -1 & 0xFFFF_FFFF])
def test_no_such_timer(process, which):
    assert process.call("getitimer", which, process.rw) == "EINVAL"
    assert process.call("setitimer", which, process.rw, 0) == "EINVAL"


def test_sigalrm_tells_that_the_kernel_sent_it(process):
    """psignal runs in a thread of the kernel: process 0, user 0."""
    process.handle(ALRM)
    itimer(process, 5)
    process.call("sigsuspend", 0)
    frame = process.frame
    assert (frame["si_pid"], frame["si_uid"], frame["si_status"], frame["si_code"]) == (0, 0, ALRM, 0)


def test_a_periodic_timer_goes_on_while_its_signal_is_blocked(process):
    """realitexpire sets the next time at once; Linux waits until the signal is taken."""
    process.handle(ALRM)
    process.mask(3, 1 << (ALRM - 1))
    itimer(process, 10, 10)
    process.kernel.clock.skipped += 35 * MICROSECOND
    process.kernel.tick(process.registers)
    assert told(process) == (0, 10, 0, 5)


def test_the_time_of_day_is_in_two_registers_and_tp_is_not_looked_at(process):
    wall = process.kernel.clock.wall
    assert process.call("gettimeofday", process.hole, 0) == wall // SECOND
    assert process.registers.rdx == wall % SECOND // MICROSECOND
    assert process.call("gettimeofday", 0, 0) == 0
    assert process.registers.rdx == 0


def test_the_time_zone_is_one_of_nothing(process):
    process.guest.put(process.rw, b"\xee" * 16)
    assert process.call("gettimeofday", 0, process.rw) == 0
    assert process.read(process.rw, 16) == bytes(8) + b"\xee" * 8
    assert process.call("gettimeofday", 1, process.hole) == "EFAULT"


@pytest.mark.parametrize("call", ["select", "select_nocancel"])
def test_select_without_descriptors_sleeps(process, call):
    process.guest.put(process.rw, struct.pack("<qi", 2, 5))
    before = process.kernel.clock.now
    assert process.call(call, 0, 0, 0, 0, process.rw) == 0
    assert process.kernel.clock.now - before == 2 * SECOND + 5 * MICROSECOND


def test_select_for_no_time_is_over_at_once(process):
    process.guest.put(process.rw, bytes(16))
    assert process.call("select", 0, 0, 0, 0, process.rw) == 0


@pytest.mark.parametrize("flags", [0, RESTART])
def test_a_handler_ends_select_and_it_is_never_made_again(process, flags):
    """select turns ERESTART into EINTR."""
    process.handle(USR1, flags)
    process.kernel.deliver_at(10**6, "SIGUSR1")
    process.call("select", 0, 0, 0, 0, 0)
    assert (process.frame["ss.rax"], process.frame["ss.rip"]) == (4, 0x400002)


@pytest.mark.parametrize(
    ("count", "time", "answer"), [(-1, (0, 0), "EINVAL"), (0, (0, -1), "EINVAL"), (0, None, "EFAULT")]
)
def test_selects_errors(process, count, time, answer):
    if time is not None:
        process.guest.put(process.rw, struct.pack("<qi", *time))
    assert process.call("select", count & 0xFFFF_FFFF, 0, 0, 0, process.hole if time is None else process.rw) == answer
