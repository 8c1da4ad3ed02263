"""restart_syscall(2): how a sleep goes on after a signal without a handler, for what was left of it."""

import pytest

from kernel_stub.process import RestartBlock

SECOND = 1_000_000_000
RESTART_SYSCALL = 219
SYSCALL_SIZE = 2


def stop_and_continue(guest, stop, go_on):
    guest.kernel.deliver_at_time(stop, "SIGSTOP")
    guest.kernel.deliver_at_time(go_on, "SIGCONT")


def again(guest):
    """The program makes the call that RIP and RAX stand at."""
    assert guest.registers.rip == guest.after - SYSCALL_SIZE
    assert guest.registers.rax == RESTART_SYSCALL
    guest.registers.rip += SYSCALL_SIZE
    guest.kernel.events.clear()
    guest.kernel.syscall(guest.registers)


def test_stop_and_continue(linux):
    stop_and_continue(linux, SECOND // 4, SECOND // 2)
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), linux.rw + 16)
    assert linux.words(linux.rw + 16, 2) == (0, 3 * SECOND // 4)
    assert linux.kernel.clock.now == SECOND // 2
    assert linux.texts == [
        "SIGSTOP (sent at 250000000 ns)",
        "nanosleep({tv_sec=1, tv_nsec=0}, 0x10010) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)",
        "stopped by SIGSTOP",
        "SIGCONT (sent at 500000000 ns), ignored",
        "continued",
        "nanosleep will be made again",
    ]
    again(linux)
    assert linux.registers.rax == 0
    assert linux.kernel.clock.now == SECOND  # not a second more
    assert linux.texts == ["restart_syscall() = 0"]


def test_the_time_may_be_over_when_it_goes_on(linux):
    stop_and_continue(linux, SECOND // 4, 5 * SECOND)
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), 0)
    again(linux)
    assert linux.registers.rax == 0
    assert linux.kernel.clock.now == 5 * SECOND


def test_it_is_interrupted_again(linux):
    stop_and_continue(linux, SECOND // 4, SECOND // 2)
    stop_and_continue(linux, 3 * SECOND // 4, 3 * SECOND // 4 + 1)
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), linux.rw + 16)
    again(linux)
    assert linux.words(linux.rw + 16, 2) == (0, SECOND // 4)
    assert linux.texts[1] == "restart_syscall() = ? ERESTART_RESTARTBLOCK (Interrupted by signal)"
    again(linux)
    assert linux.registers.rax == 0
    assert linux.kernel.clock.now == SECOND


def test_a_handler_ends_it(linux):
    stop_and_continue(linux, SECOND // 4, SECOND // 2)
    linux.kernel.deliver_at_time(3 * SECOND // 4, "SIGUSR1")
    linux.catch("SIGUSR1", 0x1000_0000)
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), 0)
    again(linux)
    assert linux.frame()["uc_mcontext.rax"] == -4 & (1 << 64) - 1


def test_the_handler_could_go_on_with_it(linux):
    """Until sigreturn, the interrupted sleep is what restart_syscall knows."""
    linux.catch("SIGUSR1")
    linux.kernel.deliver_at_time(SECOND // 4, "SIGUSR1")
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), 0)
    assert linux.kernel.thread.restart == RestartBlock("nanosleep", (SECOND, False, 0))
    assert linux.call("restart_syscall") == 0
    assert linux.kernel.clock.now == SECOND


def test_nothing_to_go_on_with(linux):
    assert linux.call("restart_syscall") == "EINTR"
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), 0)
    assert linux.call("restart_syscall") == "EINTR"


@pytest.mark.parametrize("name", ["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"])
def test_a_stopped_process_sleeps_on(linux, name):
    """Its time runs, but it does not: without SIGCONT nothing happens any more."""
    linux.kernel.deliver_at_time(SECOND // 4, name)
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), 0)
    assert linux.kernel.process.stopped
    assert linux.kernel.clock.now == SECOND // 4
