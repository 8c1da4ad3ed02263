"""Process groups and sessions, and signals to them (kernel/sys.c, kernel/signal.c:kill_something_info,
kernel/exit.c:will_become_orphaned_pgrp; bsd/kern/kern_prot.c, bsd/kern/kern_sig.c:kill)."""

import pytest

SHELL = 4241


def number(family, signal: str) -> int:
    return family.kernel.personality.signals[signal].number


def test_what_a_shells_command_has(family):
    assert family.call("getpgrp") == family.first
    assert family.call("getpgid", 0) == family.call("getpgid", family.first) == family.first
    assert family.call("getsid", 0) == SHELL
    assert (family.call("getpgid", SHELL), family.call("getsid", SHELL)) == (SHELL, SHELL)
    assert (family.call("getpgid", 1), family.call("getsid", 1)) == (1, 1)
    for name in ("getpgid", "getsid"):
        assert family.call(name, 99999) == "ESRCH"
        assert family.call(name, -1) == "ESRCH"


def test_a_child_gets_a_group_or_joins_one(family):
    one, other = family.fork(run=False), family.fork(run=False)
    assert family.call("setpgid", one, 0) == 0
    assert family.call("getpgid", one) == one
    assert family.call("setpgid", other, one) == 0
    assert family.call("getpgid", other) == one
    family.until(other)
    assert family.call("getpgrp") == one
    assert family.call("setpgid", 0, 0) == 0
    assert family.call("getpgrp") == other


def test_groups_that_can_not_be(family):
    child = family.fork()
    grandchild = family.fork(run=False)
    family.until(family.first)
    assert family.call("setpgid", SHELL, 0) == "ESRCH"
    assert family.call("setpgid", 99999, 0) == "ESRCH"
    assert family.call("setpgid", child, -1) == "EINVAL"
    assert family.call("setpgid", 0, 99999) == "EPERM"
    assert family.call("setpgid", child, 1) == "EPERM"
    descendants = family.kernel.personality.name == "darwin"  # xnu: inferior
    assert family.call("setpgid", grandchild, 0) == (0 if descendants else "ESRCH")


def test_the_order_of_the_checks_differs(family):
    expected = "EINVAL" if family.kernel.personality.name == "linux" else "ESRCH"
    assert family.call("setpgid", 99999, -1) == expected


def test_a_session(family):
    assert family.call("setsid") == "EPERM"  # it leads its group
    child = family.fork()
    assert family.call("setsid") == child
    assert [family.call(name, 0) for name in ("getsid", "getpgid")] == [child, child]
    assert family.call("setpgid", 0, 0) == "EPERM"
    assert family.call("setsid") == "EPERM"
    family.until(family.first)
    assert family.call("setpgid", child, child) == "EPERM"


def test_a_signal_to_a_group(family):
    one, two, three = (family.fork(run=False) for _ in range(3))
    family.call("setpgid", one, one)
    family.call("setpgid", two, one)
    assert family.call("kill", -one, 9) == 0
    assert family.known() == {family.first: "runs", one: "zombie", two: "zombie", three: "runs"}
    assert family.call("kill", -99999, 9) == "ESRCH"


def test_a_signal_to_ones_own_group(family):
    child = family.fork()
    family.call("kill", 0, 9)
    assert family.kernel.first.exit.signal == "SIGKILL"
    assert child


def test_a_signal_to_everybody(family):
    """Not to the sender, nor to init."""
    one, two = family.fork(run=False), family.fork(run=False)
    assert family.call("kill", -1, 9) == 0
    assert family.known() == {family.first: "runs", one: "zombie", two: "zombie"}


def test_0_only_asks(family):
    child = family.fork(run=False)
    assert family.call("kill", child, 0) == 0
    assert family.call("kill", child, 999) == "EINVAL"
    assert family.known()[child] == "runs"


def test_the_trace_says_to_whom(family):
    child = family.fork(run=False)
    family.call("kill", child, number(family, "SIGTERM"))
    assert f"SIGTERM to process {child} (kill by {family.first})" in family.texts
    assert f"process {child} killed by SIGTERM" in family.texts


@pytest.mark.parametrize("call", ["tkill", "tgkill", "rt_sigqueueinfo"])
def test_linux_calls_that_name_a_thread_or_carry_information(linux_family, call):
    child = linux_family.fork(run=False)
    if call == "rt_sigqueueinfo":
        linux_family.guest.put(linux_family.rw, (10).to_bytes(4, "little") + b"\0" * 4 + b"\xff" * 4 + b"\0" * 36)
        arguments = (child, 10, linux_family.rw)
    else:
        arguments = (child, 10) if call == "tkill" else (child, child, 10)
    assert linux_family.call(call, *arguments) == 0
    assert linux_family.known()[child] == "zombie"


def orphaned(family) -> int:
    """A stopped process in a group of its own, whose parent, in another group, then ends; its id."""
    family.fork()
    family.call("setsid")
    middle = family.pid
    job = family.fork(run=False)
    family.call("setpgid", job, job)
    family.until(job)
    family.catch("SIGHUP")
    family.call("kill", job, family.kernel.personality.rules.stop)
    family.until(middle)
    family.call("exit", 0)
    return job


def test_what_is_stopped_in_an_orphaned_group_is_hung_up_on_and_goes_on(family):
    """kill_orphaned_pgrp, orphanpg."""
    job = orphaned(family)
    assert f"SIGHUP to process {job} (an orphaned group)" in family.texts
    assert f"process {job} continued" in family.texts
    assert family.known()[job] == "runs"


def test_stop_signals_of_the_terminal_do_nothing_in_an_orphaned_group(family):
    job = orphaned(family)
    family.call("kill", job, number(family, "SIGTSTP"))
    family.until(job)
    assert family.known()[job] == "runs"
    family.call("kill", job, number(family, "SIGSTOP"))
    assert family.known()[job] == "stopped"


def test_a_group_with_a_parent_outside_is_no_orphan(family):
    family.call("kill", family.first, number(family, "SIGTSTP"))  # its parent, the shell, could continue it
    assert family.known()[family.first] == "stopped"
