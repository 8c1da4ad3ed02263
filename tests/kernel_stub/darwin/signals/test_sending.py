"""kill and what is pending on Darwin (psignal_internal): bits in a thread's set, one sender for the process."""

import pytest

from kernel_stub.darwin.mach.ports import Entry
from kernel_stub.process import Neighbour, Thread

HUP, SEGV, TERM, STOP, TSTP, CONT, CHLD, USR1, USR2 = 1, 11, 15, 17, 18, 19, 20, 30, 31


def told(process):
    frame = process.frame
    return tuple(frame[f"si_{name}"] for name in ("code", "pid", "uid", "status", "addr"))


def test_kill_tells_no_si_user_but_the_signal_as_status(process):
    """si_code 0; si_status the signal; si_addr the interrupted RIP; RSP in the padding."""
    process.handle(USR1)
    process.call("kill", 4242, USR1, 1)
    assert told(process) == (0, 4242, 501, USR1, 0x400002)
    assert process.frame["__pad"] == process.top


def test_a_sigchld_that_is_sent_with_kill_tells_nobody(process):
    """psignal fills in the sender for every signal but SIGCHLD."""
    process.handle(CHLD)
    process.call("kill", 4242, CHLD, 1)
    assert told(process) == (0, 0, 0, 0, 0x400002)


def test_a_signal_that_was_blocked_when_it_was_sent_tells_nobody(process):
    process.handle(USR1)
    process.mask(1, 1 << 29)
    process.call("kill", 4242, USR1, 1)
    process.mask(2, 1 << 29)
    assert told(process) == (0, 0, 0, 0, 0x400002)


def test_a_sigsegv_from_kill_tells_of_the_last_fault(process):
    process.handle(SEGV)
    process.fault(14, 6, 0xF1)
    process.kernel.thread.blocked = 0
    process.call("kill", 4242, SEGV, 1)
    assert told(process) == (1, 0, 0, 0, 0xF1)


def test_a_sigsegv_from_kill_tells_nothing_if_there_was_no_fault(process):
    process.handle(SEGV)
    process.call("kill", 4242, SEGV, 1)
    assert told(process) == (0, 0, 0, 0, 0)


def test_two_of_a_kind_are_one(process):
    process.handle(USR1)
    process.mask(1, 1 << 29)
    process.call("kill", 4242, USR1, 1)
    process.call("kill", 4242, USR1, 1)
    assert process.kernel.events[-1].text.endswith("pending already: nothing changes")
    assert len(process.kernel.thread.pending) == 1


def test_an_ignored_signal_is_dropped_even_if_it_is_blocked(process):
    """p_sigignore is looked at first; Linux keeps it until it is unblocked."""
    process.mask(1, 1 << (CHLD - 1))
    process.call("kill", 4242, CHLD, 1)
    assert process.kernel.thread.pending.set == 0


def test_an_unblocked_thread_gets_what_is_for_the_process(process):
    other = Thread(tid=4243)
    process.kernel.process.threads.append(other)
    process.kernel.thread.blocked = 1 << 29
    process.handle(USR1)
    process.call("kill", 4242, USR1, 1)
    assert (process.kernel.thread.pending.set, other.pending.set) == (0, 1 << 29)
    assert process.kernel.process.pending.set == 0


def test_if_all_block_it_the_first_thread_gets_it_for_good(process):
    other = Thread(tid=4243, blocked=1 << 29)
    process.kernel.process.threads.append(other)
    process.kernel.thread.blocked = 1 << 29
    process.handle(USR1)
    process.call("kill", 4242, USR1, 1)
    other.blocked = 0
    assert process.kernel.thread.pending.set == 1 << 29


@pytest.mark.parametrize("signal", [HUP, TERM, USR2, 24, 25])
def test_default_actions_that_end_without_a_core(process, signal):
    """Also SIGXCPU and SIGXFSZ, which dump on Linux."""
    process.call("kill", 4242, signal, 1)
    assert process.kernel.process.exit.core is False


@pytest.mark.parametrize("signal", [3, 4, 5, 6, 7, 8, 10, 11, 12])
def test_default_actions_that_dump(process, signal):
    process.call("kill", 4242, signal, 1)
    assert process.kernel.process.exit.core is True


@pytest.mark.parametrize("signal", [16, CONT, CHLD, 23, 28, 29])
def test_default_actions_that_do_nothing(process, signal):
    """SIGIO and SIGINFO among them."""
    assert process.call("kill", 4242, signal, 1) == 0
    assert process.ended is None and process.kernel.thread.pending.set == 0


@pytest.mark.parametrize(
    ("signal", "flags", "left"), [(USR1, 4, 0), (USR1, 0, 0x401000), (4, 4, 0x401000), (5, 4, 0x401000)]
)
def test_sa_resethand_is_for_all_but_sigill_and_sigtrap(process, signal, flags, left):
    process.handle(signal, flags)
    process.call("kill", 4242, signal, 1)
    assert process.kernel.process.actions[signal].handler == left


def test_stop_and_continue_take_each_other_away(process):
    process.handle(TSTP)
    process.handle(CONT)
    process.mask(3, 1 << (TSTP - 1) | 1 << (CONT - 1))
    process.call("kill", 4242, TSTP, 1)
    process.call("kill", 4242, CONT, 1)
    assert process.kernel.thread.pending.set == 1 << (CONT - 1)
    process.call("kill", 4242, TSTP, 1)
    assert process.kernel.thread.pending.set == 1 << (TSTP - 1)


def test_sigstop_stops_and_sigcont_goes_on(process):
    process.kernel.deliver_at(10**6, "SIGCONT")
    process.call("kill", 4242, STOP, 1)
    assert [event.text for event in process.kernel.events][1:] == [
        "SIGSTOP (kill by 4242)", "stopped by SIGSTOP", "SIGCONT (sent at position 1000000), ignored", "continued",
    ]  # fmt: skip
    assert process.kernel.process.stopped is None


@pytest.mark.parametrize(
    ("pid", "signal", "posix", "answer"),
    [
        (4242, 0, 1, 0), (4241, TERM, 1, 0), (4241, 0, 0, 0),
        (1, TERM, 1, "EPERM"),  # init is root's
        (77, TERM, 1, "ESRCH"), (77, 99, 1, "EINVAL"),  # the signal's number is looked at first
        (4242, 32, 1, "EINVAL"), (4242, -1, 1, "EINVAL"),
        (-1, 0, 0, 0), (-4241, 0, 1, 0), (-77, TERM, 1, "ESRCH"),
        (-1 << 31, TERM, 1, "ESRCH"),
    ],
)  # fmt: skip
def test_kills_answers(process, pid, signal, posix, answer):
    assert process.call("kill", pid & 0xFFFF_FFFF, signal & 0xFFFF_FFFF, posix) == answer
    assert process.ended is None


@pytest.mark.parametrize(("posix", "answer", "ended"), [(0, "ESRCH", None), (1, 0, "SIGTERM")])
def test_everybody_is_oneself_too_only_with_posix(process, posix, answer, ended):
    process.kernel.process.neighbours = (Neighbour(1, 1, 0),)
    result = process.call("kill", -1 & 0xFFFF_FFFF, TERM, posix)
    assert process.ended == ended
    assert ended is not None or result == answer


@pytest.mark.parametrize(("posix", "answer"), [(0, "ESRCH"), (1, "EPERM")])
def test_a_group_in_which_nobody_may_be_signalled(process, posix, answer):
    process.kernel.process.neighbours = (Neighbour(9, 9, 0),)
    assert process.call("kill", -9 & 0xFFFF_FFFF, TERM, posix) == answer


def test_an_unknown_call_can_be_handled(process):
    """nosys: ENOSYS and the carry flag are in the frame of SIGSYS's handler; the sender is the process itself."""
    process.handle(12)
    process.call("setlogin")
    frame = process.frame
    assert process.registers.rdx == 12
    assert (frame["ss.rax"], frame["ss.rflags"] & 1) == (78, 1)
    assert told(process) == (0, 4242, 501, 12, 0x400002)


def port_of(process, thread):
    task = process.kernel.process
    return task.names.insert(Entry(task.thread_port(thread), send=1))


def test_pthread_kill_sends_to_one_thread_by_its_port(process):
    other = Thread(tid=4243)
    process.kernel.process.threads.append(other)
    process.handle(USR1)
    assert process.call("__pthread_kill", port_of(process, other), USR1) == 0
    assert (other.pending.set, process.kernel.thread.pending.set) == (1 << 29, 0)


@pytest.mark.parametrize(("port", "signal", "answer"), [("own", 0, 0), ("own", 32, "EINVAL"), ("none", 99, "ESRCH")])
def test_pthread_kills_answers(process, port, signal, answer):
    """The port is looked at first."""
    name = port_of(process, process.kernel.thread) if port == "own" else 0xBAD
    assert process.call("__pthread_kill", name, signal) == answer
