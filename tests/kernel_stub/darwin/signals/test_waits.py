"""Waiting for signals on Darwin, and calls that a signal cuts short: EINTR, or RIP back by two."""

import struct

import pytest

from kernel_stub.cpu import CARRY
from kernel_stub.darwin.abi import UNIX
from kernel_stub.process import Thread

TERM, STOP, CHLD, USR1, USR2 = 15, 17, 20, 30, 31
RESTART, SIGINFO = 2, 0x40
EINTR = 4


def sigwait(process, signals, sig=None):
    process.guest.put(process.rw, struct.pack("<I", signals))
    return process.call("__sigwait", process.rw, process.rw + 8 if sig is None else sig)


def test_sigsuspend_takes_its_mask_by_value_and_answers_eintr(process):
    process.handle(USR1)
    process.mask(3, 1 << 29)
    process.kernel.deliver_at(10**6, "SIGUSR1")
    process.call("sigsuspend", 1 << 30)
    frame = process.frame
    assert (frame["ss.rax"], frame["ss.rflags"] & CARRY, frame["ss.rip"]) == (EINTR, 1, 0x400002)
    assert frame["uc_sigmask"] == 1 << 29  # uu_oldmask comes back with sigreturn
    assert process.kernel.thread.blocked == 1 << 29 | 1 << 30


def test_sigsuspend_is_never_made_again(process):
    process.handle(USR1, RESTART)
    process.kernel.deliver_at(10**6, "SIGUSR1")
    process.call("sigsuspend", 0)
    assert process.frame["ss.rax"] == EINTR


def test_sigsuspend_does_not_sleep_if_a_signal_is_due(process):
    process.handle(USR1)
    process.mask(3, 1 << 29)
    process.call("kill", 4242, USR1, 1)
    process.call("sigsuspend", 0)
    assert process.frame["ss.rax"] == EINTR


def test_sigsuspend_cannot_block_sigkill(process):
    process.call("sigsuspend", 0xFFFF_FFFF)
    assert process.kernel.waiting
    assert process.kernel.thread.blocked == 0xFFFF_FFFF & ~(1 << 8 | 1 << 16)


def test_sigwait_takes_what_is_pending_and_runs_no_handler(process):
    process.handle(USR1)
    process.mask(3, 1 << 29)
    process.call("kill", 4242, USR1, 1)
    assert sigwait(process, 1 << 29 | 1 << 30) == 0
    assert process.read(process.rw + 8, 4) == struct.pack("<I", USR1)
    assert process.kernel.thread.pending.set == 0
    assert process.kernel.thread.blocked == 1 << 29


def test_sigwait_sleeps_until_one_comes_and_all_others_wait(process):
    process.handle(USR1)
    process.handle(USR2)
    process.kernel.deliver_at(10**6, "SIGUSR1")
    process.kernel.deliver_at(2 * 10**6, "SIGUSR2")
    sigwait(process, 1 << 30)
    assert process.read(process.rw + 8, 4) == struct.pack("<I", USR2)
    assert process.registers.rdx == USR1  # its handler runs now, with the call's result in the frame
    assert process.frame["ss.rax"] == 0


def test_sigwait_wants_no_handler_and_no_default_action(process):
    process.kernel.deliver_at(10**6, "SIGTERM")
    assert sigwait(process, 1 << (TERM - 1)) == 0
    assert process.ended is None


def test_a_signal_that_is_ignored_never_ends_sigwait(process):
    """It is dropped when it is sent: SIGCHLD without an action is waited for in vain."""
    process.kernel.deliver_at(10**6, "SIGCHLD")
    sigwait(process, 1 << (CHLD - 1))
    assert process.kernel.waiting


@pytest.mark.parametrize(("signals", "answer"), [(0, "EINVAL"), (1 << 8 | 1 << 16, "EINVAL")])
def test_sigwait_for_nothing(process, signals, answer):
    assert sigwait(process, signals) == answer


def test_sigwaits_addresses(process):
    assert process.call("__sigwait", 0, process.rw) == "EINVAL"
    assert process.call("__sigwait", process.hole, process.rw) == "EFAULT"
    process.mask(3, 1 << 29)
    process.handle(USR1)
    process.call("kill", 4242, USR1, 1)
    assert sigwait(process, 1 << 29, process.hole) == "EFAULT"
    assert process.kernel.thread.pending.set == 0  # taken all the same


def test_sigwait_may_leave_the_number_untold(process):
    process.kernel.deliver_at(10**6, "SIGUSR1")
    assert sigwait(process, 1 << 29, 0) == 0


def test_a_signal_pending_for_another_thread_is_taken(process):
    other = Thread(tid=4243, blocked=1 << 29)
    process.kernel.process.threads.append(other)
    other.pending.set = 1 << 29
    assert sigwait(process, 1 << 29) == 0
    assert other.pending.set == 0


def read(process, signal, flags):
    process.handle(signal, flags)
    process.kernel.terminal.open = True
    process.kernel.deliver_at(10**6, process.kernel.personality.rules.names[signal])
    process.call("read", 0, process.rw, 10)


def test_a_read_goes_on_after_a_handler_with_sa_restart(process):
    """ERESTART: RIP is back at the SYSCALL, and RAX holds the call's number still."""
    read(process, USR1, RESTART)
    frame = process.frame
    assert (frame["ss.rip"], frame["ss.rax"], frame["ss.rflags"]) == (0x400000, UNIX | 3, 0x246)
    assert [type(event).__name__ for event in process.kernel.events][-2:] == ["SyscallRestarted", "SignalDelivered"]


def test_a_read_ends_with_eintr_and_the_carry_flag_without_it(process):
    read(process, USR1, SIGINFO)
    frame = process.frame
    assert (frame["ss.rip"], frame["ss.rax"], frame["ss.rflags"]) == (0x400002, EINTR, 0x247)


def test_the_lowest_signal_that_cut_a_call_short_decides(process):
    process.handle(USR2, RESTART)
    process.handle(CHLD, SIGINFO)
    process.kernel.terminal.open = True
    for name in ("SIGUSR2", "SIGCHLD"):
        process.kernel.deliver_at(0, name)
    process.call("read", 0, process.rw, 10)
    rows = [event for event in process.kernel.events if type(event).__name__ == "SyscallInterrupted"]
    assert len(rows) == 1


def test_a_stop_does_not_end_a_sleep(process):
    process.kernel.terminal.open = True
    process.kernel.deliver_at(10**6, "SIGSTOP")
    process.kernel.deliver_at(10**6 + 1, "SIGCONT")
    process.kernel.terminal.arrive(5_000_000, b"hi\n")
    process.call("read", 0, process.rw, 10)
    again = process.registers
    if again.rip == 0x400000:  # made again
        again.rip += 2
        process.syscall(again)
    assert again.rax == 3


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (("read", 0, 0x10000, 10), "? ERESTART (with SA_RESTART made again, else EINTR)"),
        (("sigsuspend", 0), "? EINTR (if a handler runs)"),
        (("select", 0, 0, 0, 0, 0), "? EINTR (if a handler runs)"),
        (("__sigwait", 0x10100, 0), "? ERESTART (made again)"),
    ],
)
def test_a_trace_says_it_in_xnus_words(process, call, answer):
    """xnu has one number for all that is made again, ERESTART, -1; Linux's four names are not to be seen."""
    process.kernel.terminal.open = True
    process.guest.put(0x10100, b"\x01\0\0\0")
    process.kernel.deliver_at(10**6, "SIGSTOP")
    process.kernel.deliver_at(10**6 + 1, "SIGCONT")
    process.call(*call)
    cut = [event.text for event in process.kernel.events if event.text.startswith(call[0])]
    assert cut[0].endswith(f" = {answer}")
    assert cut[1] == f"{call[0]} will be made again"
