"""setitimer(2): three timers, what they send and when, and how periods go on."""

import pytest

from kernel_stub.events import SignalDelivered, SignalPosted

SECOND, MILLISECOND, MICROSECOND = 1_000_000_000, 1_000_000, 1000
REAL, VIRTUAL, PROF = range(3)
TICK = 4 * MILLISECOND
SIGALRM = 14


def arm(guest, which, value, interval=0):
    """Microseconds."""
    setting = guest.put_words(guest.rw, *divmod(interval, 1_000_000), *divmod(value, 1_000_000))
    assert guest.call("setitimer", which, setting, 0) == 0


def setting(guest, which=REAL):
    """Interval and value, in microseconds."""
    assert guest.call("getitimer", which, guest.rw) == 0
    interval, interval_rest, value, rest = guest.words(guest.rw, 4)
    return interval * 1_000_000 + interval_rest, value * 1_000_000 + rest


def delivered(guest, instructions):
    """Signals that are handled while so many instructions run, one at a time: (name, time)."""
    found = []
    kernel, end = guest.kernel, guest.kernel.clock.retired + instructions
    while (due := kernel.deadline) is not None and due <= end:
        kernel.clock.retired = due
        kernel.events.clear()
        kernel.tick(guest.registers)
        found += [(e.name, kernel.clock.now) for e in kernel.events if isinstance(e, SignalDelivered)]
        kernel.thread.blocked = 0
        guest.registers.rsp = guest.rw + 0x1F00
    kernel.clock.retired = end
    return found


def test_the_machine_is_told_where_to_stop(linux):
    assert linux.kernel.deadline is None
    linux.kernel.clock.retired = 500
    arm(linux, REAL, 3)
    assert linux.kernel.deadline == 500 + 3 * MICROSECOND
    arm(linux, REAL, 0)
    assert linux.kernel.deadline is None


def test_real_time_expires_once(linux):
    linux.catch("SIGALRM")
    arm(linux, REAL, 3)
    assert delivered(linux, SECOND) == [("SIGALRM", 3000)]
    assert setting(linux) == (0, 0)


def test_the_kernel_sends_it(linux):
    """si_code is SI_KERNEL, without a sender."""
    linux.catch("SIGALRM", 4)
    arm(linux, REAL, 3)
    linux.run(3000)
    frame = linux.frame()
    assert [frame[f"si_{name}"] for name in ("signo", "errno", "code", "pid", "uid")] == [SIGALRM, 0, 0x80, 0, 0]
    posted = next(event for event in linux.kernel.events if isinstance(event, SignalPosted))
    assert posted.text == "SIGALRM (ITIMER_REAL expired)"


def test_a_period(linux):
    linux.catch("SIGALRM")
    arm(linux, REAL, 5, 2)
    assert delivered(linux, 10_000) == [("SIGALRM", time) for time in (5000, 7000, 9000)]
    assert setting(linux) == (2, 1)


def test_real_time_runs_while_the_process_sleeps(linux):
    linux.catch("SIGALRM")
    arm(linux, REAL, 250_000)
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), linux.rw + 16)
    assert linux.words(linux.rw + 16, 2) == (0, 3 * SECOND // 4)
    assert linux.kernel.clock.now == SECOND // 4


def test_a_sleep_brings_the_deadline_nearer(linux):
    arm(linux, REAL, 1_500_000)
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), 0)
    assert linux.kernel.deadline == SECOND // 2


def test_a_pause_ends_at_the_alarm(linux):
    linux.catch("SIGALRM")
    arm(linux, REAL, 3_600_000_000)
    linux.call("pause")
    assert linux.kernel.clock.now == 3600 * SECOND
    assert linux.registers.rip == linux.handler


def test_without_a_handler_the_process_dies(linux):
    arm(linux, REAL, 3)
    linux.run(3000)
    assert linux.kernel.process.exit.signal == "SIGALRM"


def test_a_blocked_alarm_is_not_repeated(linux):
    """The timer goes on when the signal is taken, at the next multiple of its interval."""
    linux.catch("SIGALRM")
    linux.kernel.thread.blocked = 1 << SIGALRM - 1
    arm(linux, REAL, 5, 2)
    linux.run(5000)
    assert linux.kernel.deadline is None
    assert setting(linux) == (2, 0)
    linux.run(3500)  # at 8500; it would have expired at 7000, too
    linux.kernel.thread.blocked = 0
    linux.kernel.tick(linux.registers)
    assert linux.kernel.deadline == 9000


def test_an_ignored_alarm_ends_the_period(linux):
    linux.kernel.process.actions[SIGALRM] = linux.kernel.process.actions[SIGALRM]._replace(handler=1)
    arm(linux, REAL, 5, 2)
    linux.run(100_000)
    assert setting(linux) == (2, 0)
    linux.catch("SIGALRM")
    assert delivered(linux, 100_000) == []


def test_a_discarded_alarm_ends_the_period(linux):
    linux.catch("SIGALRM")
    linux.kernel.thread.blocked = 1 << SIGALRM - 1
    arm(linux, REAL, 5, 2)
    linux.run(5000)
    ignore = linux.put_words(linux.rw, 1, 0, 0, 0)
    assert linux.call("rt_sigaction", SIGALRM, ignore, 0, 8) == 0
    linux.catch("SIGALRM")
    linux.kernel.thread.blocked = 0
    assert delivered(linux, 100_000) == []


@pytest.mark.parametrize(("which", "name"), [(VIRTUAL, "SIGVTALRM"), (PROF, "SIGPROF")])
def test_processor_time_is_set_a_tick_late_and_repeats_by_itself(linux, which, name):
    linux.catch(name)
    arm(linux, which, 5, 2)
    assert setting(linux, which) == (2, 5 + TICK // MICROSECOND)
    assert delivered(linux, TICK + 9500) == [(name, TICK + time) for time in (5000, 7000, 9000)]


def test_processor_time_stands_still_in_a_sleep(linux):
    arm(linux, VIRTUAL, 5)
    assert linux.call("nanosleep", linux.put_words(linux.rw, 3600, 0), 0) == 0
    assert setting(linux, VIRTUAL) == (0, 5 + TICK // MICROSECOND)
    assert linux.kernel.deadline == 5000 + TICK


def test_the_old_setting_is_told(linux):
    arm(linux, REAL, 5, 2)
    linux.kernel.clock.retired = 1500
    assert linux.call("setitimer", REAL, 0, linux.rw) == 0  # a null pointer stops it
    assert linux.words(linux.rw, 4) == (0, 2, 0, 3)
    assert setting(linux) == (0, 0)


def test_the_text(linux):
    new = linux.put_words(linux.rw, 0, 2, 1, 0)
    linux.call("setitimer", PROF, new, linux.rw + 64)
    assert linux.text == (
        "setitimer(ITIMER_PROF, {it_interval={tv_sec=0, tv_usec=2}, it_value={tv_sec=1, tv_usec=0}}, "
        "{it_interval={tv_sec=0, tv_usec=0}, it_value={tv_sec=0, tv_usec=0}}) = 0"
    )


@pytest.mark.parametrize("words", [(0, 1_000_000, 0, 0), (0, 0, -1, 0), (0, -1, 0, 0), (0, 0, 0, 1_000_000)])
def test_what_is_no_time(linux, words):
    assert linux.call("setitimer", REAL, linux.put_words(linux.rw, *words), 0) == "EINVAL"


def test_the_order_of_mistakes(linux):
    good = linux.put_words(linux.rw, 0, 0, 5, 0)
    assert linux.call("setitimer", 3, linux.hole, 0) == "EFAULT"
    assert linux.call("setitimer", 3, good, linux.hole) == "EINVAL"
    assert linux.call("setitimer", -1, 0, 0) == "EINVAL"
    assert linux.call("setitimer", REAL, good, linux.hole) == "EFAULT"
    assert setting(linux) == (0, 5_000_000)  # it was set all the same


def test_times_past_the_clocks_end(linux):
    """Real time stops at the end of time; a processor timer's tick carries it past, and it reads as negative."""
    linux.call("setitimer", REAL, linux.put_words(linux.rw, 0, 0, (1 << 63) - 1, 999_999), 0)
    assert setting(linux) == (0, 9_223_372_036_854_775)
    assert linux.kernel.deadline is None
    linux.call("setitimer", VIRTUAL, linux.put_words(linux.rw, 0, 0, (1 << 63) - 1, 999_999), 0)
    linux.call("getitimer", VIRTUAL, linux.rw)
    assert linux.words(linux.rw, 4) == (0, 0, -9_223_372_037, 149_224)
    assert linux.kernel.deadline is None
