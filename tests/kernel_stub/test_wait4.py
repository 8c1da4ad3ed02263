"""wait4: whom it waits for, what it tells, when it sleeps; both systems unless a test says which (kernel/exit.c,
bsd/kern/kern_exit.c:wait4_nocancel)."""

import pytest

WNOHANG, WUNTRACED = 1, 2
CONTINUED = {"linux": (8, 0xFFFF), "darwin": (0x10, 0x137F)}
ALL, CLONE = 0x4000_0000, 0x8000_0000


def end(family, child: int, code: int) -> None:
    """The child runs and exits."""
    family.until(child)
    family.call("exit", code)
    family.until(family.first)


def system(family) -> str:
    return family.kernel.personality.name


def number(family, signal: str) -> int:
    return family.kernel.personality.signals[signal].number


def test_a_child_that_has_ended(family):
    child = family.fork(run=False)
    end(family, child, 7)
    assert family.known() == {family.first: "runs", child: "zombie"}
    assert family.call("wait4", -1, family.rw, 0, 0) == child
    assert family.word(family.rw) == 7 << 8
    assert family.known() == {family.first: "runs"}
    assert family.call("wait4", -1, 0, 0, 0) == "ECHILD"


def test_it_sleeps_until_the_child_has_ended(family):
    child = family.fork(run=False)
    family.call("wait4", child, family.rw, 0, 0)
    assert family.pid == child
    family.call("exit", 300)
    assert (family.pid, family.result) == (family.first, child)
    assert family.word(family.rw) == 300 % 256 << 8


def test_the_trace_tells_who_waits_and_what_came_of_it(family):
    child = family.fork(run=False)
    family.call("wait4", child, family.rw, 0, 0)
    assert family.texts == [f"process {child} runs, as process {family.first} waits for child {child}"]
    family.call("exit", 7)
    texts = [text for text in family.texts if not text.startswith("exit(")]
    assert texts[0] == f"process {child} exited with 7"
    assert texts[1].startswith(f"SIGCHLD to process {family.first} (child {child} exited with 7), ignored")
    assert texts[2] == f"process {family.first} runs, as process {child} has ended"
    assert texts[3] == f"wait4({child}, [{{WIFEXITED(s) && WEXITSTATUS(s) == 7}}], 0, NULL) = {child}"


def test_a_child_that_was_killed(family):
    child = family.fork(run=False)
    family.call("kill", child, 9)
    assert family.known()[child] == "zombie"
    assert family.call("wait4", 0, family.rw, 0, 0) == child
    assert family.word(family.rw) == 9
    assert "WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL" in family.texts[0]


def test_one_that_dumped_its_core(family):
    child = family.fork(run=False)
    family.call("kill", child, 6)
    family.give_way()
    assert family.call("wait4", child, family.rw, 0, 0) == child
    assert family.word(family.rw) == 6 | 0x80
    assert "WTERMSIG(s) == SIGABRT && WCOREDUMP(s)" in family.texts[0]


def test_without_hanging(family):
    child = family.fork(run=False)
    family.memory.copy_out(family.rw, b"\x55" * 4)
    assert family.call("wait4", child, family.rw, WNOHANG, 0) == 0
    assert family.word(family.rw) == 0x5555_5555
    assert f"{family.rw:#x}" in family.texts[0]


@pytest.mark.parametrize("who", ["pid", "any", "own group", "group"])
def test_whom_it_waits_for(family, who):
    child = family.fork(run=False)
    other = family.fork(run=False)
    family.call("setpgid", other, other)
    family.call("kill", other, 9)
    family.call("kill", child, 9)
    group = family.kernel.process.pgrp
    pid = {"pid": child, "any": -1, "own group": 0, "group": -group}[who]
    oldest_first = system(family) == "linux"
    expected = (child if oldest_first else other) if who == "any" else child
    assert family.call("wait4", pid, 0, 0, 0) == expected


@pytest.mark.parametrize("pid", [1, 4241, 99999, -99999])
def test_who_is_no_child(family, pid):
    family.fork(run=False)
    assert family.call("wait4", pid, 0, 0, 0) == "ECHILD"


def test_a_child_that_is_stopped_and_goes_on(family):
    option, word = CONTINUED[system(family)]
    child = family.fork(run=False)
    family.call("kill", child, number(family, "SIGSTOP"))
    assert family.call("wait4", child, family.rw, WNOHANG, 0) == 0
    family.give_way()
    assert family.known()[child] == "stopped"
    assert family.call("wait4", child, family.rw, WUNTRACED, 0) == child
    assert family.word(family.rw) == number(family, "SIGSTOP") << 8 | 0x7F
    assert "WSTOPSIG(s) == SIGSTOP" in family.texts[0]
    assert family.call("wait4", child, family.rw, WUNTRACED | WNOHANG, 0) == 0  # it is told once
    family.call("kill", child, number(family, "SIGCONT"))
    assert family.call("wait4", child, family.rw, option, 0) == child
    assert family.word(family.rw) == word
    assert "WIFCONTINUED(s)" in family.texts[0]
    assert family.call("wait4", child, 0, option | WNOHANG, 0) == 0


def test_a_signal_interrupts_it(family):
    child = family.fork(run=False)
    family.catch("SIGUSR1")
    family.call("wait4", child, 0, 0, 0)
    assert family.pid == child
    family.call("kill", family.first, number(family, "SIGUSR1"))
    while family.pid != family.first:
        family.give_way()
    assert family.handles
    assert any("is interrupted: EINTR" in text for text in family.texts)


def test_children_of_children_are_not_ones_own(family):
    child = family.fork()
    grandchild = family.fork(run=False)
    family.call("kill", grandchild, 9)
    family.until(family.first)
    assert family.call("wait4", grandchild, 0, WNOHANG, 0) == "ECHILD"
    family.until(child)
    assert family.call("wait4", grandchild, 0, WNOHANG, 0) == grandchild


def test_what_a_child_used_is_told_with_its_childrens(family):
    child = family.fork()
    family.kernel.clock.retired += 3_000_000
    grandchild = family.fork(run=False)
    family.until(grandchild)
    family.kernel.clock.retired += 2_000_000
    family.call("exit", 0)
    family.until(child)
    family.call("wait4", grandchild, 0, 0, 0)
    before = family.kernel.first.used
    family.call("exit", 0)
    family.until(family.first)
    assert family.call("wait4", child, 0, 0, family.rw) == child
    seconds, microseconds = family.guest.words(family.rw, 2)
    assert seconds == 0 and 5000 <= microseconds < 7000
    assert before < 1_000_000
    assert "ru_utime={tv_sec=0, tv_usec=" in family.texts[0]


def test_an_address_that_is_none(family):
    """Linux has forgotten the child by then; xnu keeps it."""
    child = family.fork(run=False)
    end(family, child, 3)
    assert family.call("wait4", child, family.guest.hole, 0, 0) == "EFAULT"
    kept = system(family) == "darwin"
    assert family.call("wait4", child, family.rw, 0, 0) == (child if kept else "ECHILD")


def test_options_and_ids_that_are_none_on_linux(linux_family):
    for options in (0x4, 0x10, 0x0100_0000, 0x1000_0000):
        assert linux_family.call("wait4", -1, 0, options, 0) == "EINVAL"
    assert linux_family.call("wait4", 0x8000_0000, 0, 0, 0) == "ESRCH"


def test_options_that_are_none_change_nothing_on_darwin(darwin_family):
    child = darwin_family.fork(run=False)
    assert darwin_family.call("wait4", child, 0, 0x7000 | WNOHANG, 0) == 0


def test_clones_with_another_signal_are_asked_for_on_their_own(linux_family):
    """eligible_child: __WCLONE and __WALL."""
    child = linux_family.call("clone", 0, 0, 0, 0, 0)
    linux_family.call("kill", child, 9)
    assert linux_family.call("wait4", -1, 0, WNOHANG, 0) == "ECHILD"
    assert linux_family.call("wait4", -1, 0, WNOHANG | CLONE, 0) == child
    other = linux_family.fork(run=False)
    linux_family.call("kill", other, 9)
    assert linux_family.call("wait4", -1, 0, CLONE, 0) == "ECHILD"
    assert linux_family.call("wait4", -1, 0, ALL, 0) == other


