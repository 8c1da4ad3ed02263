"""rt_sigtimedwait(2): taking signals without handlers."""

import pytest

SECOND = 1_000_000_000
USR1, USR2, ALRM, CHLD, RT = 10, 12, 14, 17, 40


def bits(*signals):
    return sum(1 << signal - 1 for signal in signals)


def wait(guest, *signals, info=0, time=None):
    """The answer; `time` is (seconds, nanoseconds)."""
    wanted = guest.put_words(guest.rw, bits(*signals))
    return guest.call("rt_sigtimedwait", wanted, info, guest.put_words(guest.rw + 8, *time) if time else 0, 8)


def test_a_pending_signal_is_taken_at_once(linux):
    linux.kernel.thread.blocked = bits(USR1)
    linux.call("tgkill", 4242, 4242, USR1)
    assert wait(linux, USR1, USR2, info=linux.rw + 64) == USR1
    signo, errno, code = (int.from_bytes(linux.memory.copy_in(linux.rw + 64 + 4 * i, 4), "little") for i in range(3))
    assert (signo, errno, code) == (USR1, 0, 0xFFFF_FFFA)  # SI_TKILL
    assert wait(linux, USR1, time=(0, 0)) == "EAGAIN"


def test_it_sleeps_until_one_comes(linux):
    linux.kernel.thread.blocked = bits(USR1, USR2)
    linux.kernel.deliver_at_time(SECOND, "SIGUSR2")
    assert wait(linux, USR1, USR2) == USR2
    assert linux.kernel.clock.now == SECOND


def test_one_that_is_not_blocked_is_taken_too(linux):
    linux.catch("SIGUSR2")
    linux.kernel.deliver_at_time(SECOND, "SIGUSR2")
    assert wait(linux, USR2) == USR2
    assert linux.registers.rip == linux.after


def test_the_time_runs_out(linux):
    linux.kernel.thread.blocked = bits(USR1)
    assert wait(linux, USR1, time=(2, 5)) == "EAGAIN"
    assert linux.kernel.clock.now == 2 * SECOND + 5


def test_a_handler_for_another_ends_it(linux):
    """EINTR, whatever SA_RESTART says."""
    linux.catch("SIGUSR2", 0x1000_0000)
    linux.kernel.deliver_at_time(SECOND, "SIGUSR2")
    wait(linux, USR1)
    assert linux.frame()["uc_mcontext.rax"] == -4 & (1 << 64) - 1
    assert linux.frame()["uc_mcontext.rip"] == linux.after


def test_a_stop_ends_it_too(linux):
    linux.kernel.deliver_at_time(SECOND, "SIGSTOP")
    linux.kernel.deliver_at_time(2 * SECOND, "SIGCONT")
    assert wait(linux, USR1) == "EINTR"


def test_an_ignored_signal_is_waited_for_only_if_it_is_blocked(linux):
    linux.kernel.deliver_at_time(SECOND, "SIGCHLD")
    assert wait(linux, CHLD, time=(3, 0)) == "EAGAIN"
    linux.kernel.thread.blocked = bits(CHLD)
    linux.kernel.deliver_at_time(4 * SECOND, "SIGCHLD")
    assert wait(linux, CHLD, time=(3, 0)) == CHLD


def test_the_lowest_and_the_oldest_first(linux):
    linux.kernel.thread.blocked = bits(USR1, USR2, RT)
    for signal in (RT, USR2, RT, USR1):
        linux.call("kill", 4242, signal)
    assert [wait(linux, USR1, USR2, RT, time=(0, 0)) for _ in range(5)] == [USR1, USR2, RT, RT, "EAGAIN"]


def test_a_fatal_signal_kills_while_it_waits(linux):
    linux.kernel.deliver_at_time(SECOND, "SIGTERM")
    wait(linux, USR1)
    assert linux.kernel.process.exit.signal == "SIGTERM"


def test_kill_and_stop_are_not_waited_for(linux):
    linux.kernel.deliver_at_time(SECOND, "SIGKILL")
    wait(linux, 9, 19)
    assert linux.kernel.process.exit.signal == "SIGKILL"


def test_a_timer_goes_on_when_its_signal_is_taken(linux):
    linux.kernel.thread.blocked = bits(ALRM)
    linux.call("setitimer", 0, linux.put_words(linux.rw, 1, 0, 5, 0), 0)
    assert [(wait(linux, ALRM), linux.kernel.clock.now // SECOND) for _ in range(3)] == [(ALRM, s) for s in (5, 6, 7)]


def test_a_bad_address_loses_the_signal(linux):
    linux.kernel.thread.blocked = bits(USR1)
    linux.call("kill", 4242, USR1)
    assert wait(linux, USR1, info=linux.ro) == "EFAULT"
    assert wait(linux, USR1, time=(0, 0)) == "EAGAIN"


@pytest.mark.parametrize("time", [(-1, 0), (0, SECOND), (0, -1)])
def test_what_is_no_time(linux, time):
    linux.kernel.thread.blocked = bits(USR1)
    linux.call("kill", 4242, USR1)
    assert wait(linux, USR1, time=time) == "EINVAL"


def test_the_order_of_mistakes(linux):
    good = linux.put_words(linux.rw, bits(USR1), 0, SECOND)
    assert linux.call("rt_sigtimedwait", linux.hole, 0, linux.hole, 4) == "EINVAL"
    assert linux.call("rt_sigtimedwait", linux.hole, 0, good + 8, 8) == "EFAULT"
    assert linux.call("rt_sigtimedwait", good, 0, linux.hole, 8) == "EFAULT"
    assert linux.call("rt_sigtimedwait", good, 0, good + 8, 8) == "EINVAL"
