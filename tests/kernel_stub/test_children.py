"""What a parent hears of its children, and what becomes of these without it (kernel/signal.c:do_notify_parent,
kernel/exit.c:exit_notify, bsd/kern/kern_exit.c:proc_exit, bsd/kern/kern_sig.c)."""

import pytest

from kernel_stub.process import ExitStatus
from kernel_stub.signals import IGNORE, Action


def chld(family) -> int:
    return family.kernel.personality.rules.child


def act(family, handler: int = 0, flags: int = 0) -> None:
    """What the running process does about SIGCHLD."""
    flags |= family.kernel.personality.constants["SA_SIGINFO"] | 0x0400_0000
    family.kernel.process.actions[chld(family)] = Action(handler, flags, 0x402000)


def ignore(family) -> None:
    """By the system's own call."""
    if family.kernel.personality.name == "linux":
        family.guest.put_words(family.rw + 0x200, IGNORE, 0, 0, 0)
        assert family.call("rt_sigaction", 17, family.rw + 0x200, 0, 8) == 0
    else:
        family.guest.put_words(family.rw + 0x200, IGNORE, 0, 0)
        assert family.call("sigaction", 20, family.rw + 0x200, 0) == 0


def end(family, child: int, code: int = 7) -> None:
    family.until(child)
    family.call("exit", code)
    while family.pid != family.first:
        family.give_way()


def frame(family) -> dict[str, int]:
    """The fields of the frame that a handler was entered with."""
    return family.guest.frame()


def test_the_information_on_linux(linux_family):
    act(linux_family, 0x401000)
    child = linux_family.fork(run=False)
    end(linux_family, child)
    fields = frame(linux_family)
    assert (fields["si_signo"], fields["si_code"], fields["si_errno"]) == (17, 1, 0)
    assert (fields["si_pid"], fields["si_uid"], fields["si_status"]) == (child, 1000, 7)


def test_the_time_used_in_the_information(linux_family):
    """si_utime is in hundredths of a second."""
    act(linux_family, 0x401000)
    child = linux_family.fork()
    linux_family.kernel.clock.retired += 50_000_000
    end(linux_family, child)
    fields = frame(linux_family)
    assert (fields["si_utime"], fields["si_stime"]) == (5, 0)


@pytest.mark.parametrize(("signal", "code"), [(9, 2), (11, 3)])
def test_killed_or_dumped(linux_family, signal, code):
    act(linux_family, 0x401000)
    child = linux_family.fork(run=False)
    linux_family.call("kill", child, signal)
    while linux_family.pid != linux_family.first or not linux_family.handles:
        linux_family.give_way()
    assert (frame(linux_family)["si_code"], frame(linux_family)["si_status"]) == (code, signal)


def test_the_information_on_darwin(darwin_family):
    """sendsig of 10.5: si_status is the wait status as it is."""
    act(darwin_family, 0x401000)
    child = darwin_family.fork(run=False)
    end(darwin_family, child)
    fields = frame(darwin_family)
    assert (fields["si_signo"], fields["si_code"]) == (20, 1)
    assert (fields["si_pid"], fields["si_uid"], fields["si_status"]) == (child, 501, 7 << 8)


@pytest.mark.parametrize(("signal", "code", "status"), [(9, 2, 9), (11, 3, 11 | 0x80)])
def test_killed_or_dumped_on_darwin(darwin_family, signal, code, status):
    act(darwin_family, 0x401000)
    child = darwin_family.fork(run=False)
    darwin_family.call("kill", child, signal)
    while darwin_family.pid != darwin_family.first or not darwin_family.handles:
        darwin_family.give_way()
    assert (frame(darwin_family)["si_code"], frame(darwin_family)["si_status"]) == (code, status)


def test_ignored_children_vanish(family):
    ignore(family)
    child = family.fork(run=False)
    end(family, child)
    assert family.known() == {family.first: "runs"}
    assert family.call("wait4", -1, 0, 0, 0) == "ECHILD"
    assert family.call("kill", child, 0) == "ESRCH"


def test_the_wait_for_children_that_vanish_is_over_when_there_are_none(linux_family):
    act(linux_family, IGNORE)
    linux_family.fork(run=False)
    linux_family.fork(run=False)
    linux_family.call("wait4", -1, 0, 0, 0)
    linux_family.call("exit", 0)
    assert linux_family.pid != linux_family.first
    linux_family.call("exit", 0)
    assert (linux_family.pid, linux_family.result) == (linux_family.first, "ECHILD")


def test_with_nocldwait_linux_still_sends_the_signal_and_darwin_does_not(family):
    """do_notify_parent; proc_exit with P_NOCLDWAIT."""
    act(family, 0x401000, family.kernel.personality.rules.no_child_wait)
    child = family.fork(run=False)
    end(family, child)
    assert family.known() == {family.first: "runs"}
    assert family.handles is (family.kernel.personality.name == "linux")


def test_a_child_of_a_process_with_nocldwait_has_children_that_stay_on_darwin(darwin_family):
    """forkproc: P_NOCLDWAIT is not inherited."""
    act(darwin_family, 0, darwin_family.kernel.personality.rules.no_child_wait)
    darwin_family.fork()
    grandchild = darwin_family.fork(run=False)
    darwin_family.call("kill", grandchild, 9)
    assert darwin_family.known()[grandchild] == "zombie"


def test_whether_children_of_a_child_vanish_too_differs(family):
    """The action is inherited on both; xnu's P_NOCLDWAIT, which sigaction sets with it, is not (forkproc)."""
    ignore(family)
    family.fork()
    grandchild = family.fork(run=False)
    family.call("kill", grandchild, 9)
    assert (grandchild in family.known()) is (family.kernel.personality.name == "darwin")


@pytest.mark.parametrize("told", [True, False])
def test_stops_are_told_unless_nobody_wants_to_know(family, told):
    rules = family.kernel.personality.rules
    act(family, 0x401000, 0 if told else rules.no_child_stop)
    child = family.fork(run=False)
    family.call("kill", child, rules.stop)
    assert not family.handles
    family.give_way()
    assert family.handles is told


def test_only_linux_tells_of_those_that_go_on(family):
    rules = family.kernel.personality.rules
    child = family.fork(run=False)
    family.call("kill", child, rules.stop)
    family.give_way()
    act(family, 0x401000)
    family.call("kill", child, rules.cont)
    assert family.handles is (family.kernel.personality.name == "linux")


def test_orphans_belong_to_init(family):
    child = family.fork()
    grandchild = family.fork(run=False)
    zombie = family.fork(run=False)
    family.call("kill", zombie, 9)
    assert family.known()[zombie] == "zombie"
    end(family, child)
    assert zombie not in family.known()  # init waits for everybody
    family.until(grandchild)
    assert family.call("getppid") == 1
    family.call("exit", 0)
    while family.pid != family.first:
        family.give_way()
    assert family.known() == {family.first: "runs", child: "zombie"}


def test_the_run_is_over_with_the_first_process(family):
    child = family.fork(run=False)
    family.call("exit", 3)
    assert family.kernel.first.exit == ExitStatus(code=3)
    assert f"process {child} still runs; the run ends with its first process" in family.texts


def test_a_zombie_takes_signals_and_nothing_comes_of_it(family):
    child = family.fork(run=False)
    family.call("kill", child, 9)
    assert family.call("kill", child, 15) == 0
    assert family.kernel.processes[1].exit.signal == "SIGKILL"


def test_the_memory_of_the_dead_is_given_back(family):
    for _ in range(3):
        child = family.fork()
        family.memory.copy_out(family.rw, b"own")
        end(family, child)
        family.call("wait4", child, 0, 0, 0)
    child = family.fork(run=False)
    family.call("kill", child, 9)
    assert len(family.memory._spaces) == 1


def test_a_stopped_process_does_not_run_until_it_is_continued_or_killed(family):
    rules = family.kernel.personality.rules
    child = family.fork(run=False)
    family.call("kill", child, rules.stop)
    for _ in range(3):
        assert family.give_way() == family.first
    family.call("kill", child, rules.cont)
    assert family.give_way() == child
    family.call("kill", child, rules.stop)
    assert family.pid == family.first
    family.call("kill", child, 9)
    assert family.known()[child] == "zombie"


def test_each_process_has_its_own_alarm(family):
    """And one that sleeps is woken by it while others run."""
    family.catch("SIGALRM")
    family.kernel.process.timers.arm(0, family.kernel.clock.now + 250_000, 0)
    family.fork()
    assert family.give_way() == family.first
    assert not family.handles
    family.give_way()
    assert family.give_way() == family.first
    assert family.handles


def test_processor_time_is_each_ones_own(linux_family):
    linux_family.kernel.clock.retired += 1_000_000
    linux_family.fork()
    linux_family.kernel.clock.retired += 5000
    linux_family.call("clock_gettime", 2, linux_family.rw)
    assert linux_family.guest.words(linux_family.rw, 2) == (0, 5000)
    linux_family.until(linux_family.first)
    linux_family.call("clock_gettime", 2, linux_family.rw)
    assert linux_family.guest.words(linux_family.rw, 2)[1] >= 1_000_000
