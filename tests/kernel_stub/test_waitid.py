"""waitid: what it asks for and what it writes (kernel/exit.c:kernel_waitid, bsd/kern/kern_exit.c:waitid_nocancel)."""

import struct

import pytest

P_ALL, P_PID, P_PGID, P_PIDFD = 0, 1, 2, 3
WNOHANG, WEXITED = 1, 4
STOPPED, CONTINUED, KEEP = 2, 8, 0x0100_0000  # Linux
DARWIN_CONTINUED, DARWIN_STOPPED, DARWIN_KEEP = 0x10, 8, 0x20
SIGSTOP, SIGCONT = 19, 18
DARWIN_SIGSTOP, DARWIN_SIGCONT = 17, 19


def told(family) -> tuple[int, ...]:
    """si_signo, si_code, si_pid, si_uid, si_status."""
    signo, _, code, pid, uid, status = struct.unpack("<iii4xiIi", family.memory.copy_in(family.rw, 28))
    return signo, code, pid, uid, status


def darwin_told(family) -> tuple[int, ...]:
    signo, _, code, pid, uid, status = struct.unpack("<iiiiIi", family.memory.copy_in(family.rw, 24))
    return signo, code, pid, uid, status


def ended(family, code: int = 7) -> int:
    child = family.fork()
    family.call("exit", code)
    family.until(family.first)
    return child


def test_an_end(linux_family):
    child = ended(linux_family)
    assert linux_family.call("waitid", P_PID, child, linux_family.rw, WEXITED | KEEP, 0) == 0
    assert told(linux_family) == (17, 1, child, 1000, 7)
    assert linux_family.call("waitid", P_ALL, 0, linux_family.rw, WEXITED, 0) == 0
    assert f"si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid={child}, si_uid=1000, si_status=7" in linux_family.texts[0]
    assert linux_family.call("waitid", P_ALL, 0, linux_family.rw, WEXITED, 0) == "ECHILD"
    assert told(linux_family) == (0, 0, 0, 0, 0)  # that is written too


@pytest.mark.parametrize(("signal", "code"), [(9, 2), (11, 3)])
def test_a_signal(linux_family, signal, code):
    child = linux_family.fork(run=False)
    linux_family.call("kill", child, signal)
    linux_family.give_way()
    assert linux_family.call("waitid", P_PGID, 0, linux_family.rw, WEXITED, 0) == 0
    assert told(linux_family) == (17, code, child, 1000, signal)


def test_stopped_and_continued(linux_family):
    child = linux_family.fork(run=False)
    linux_family.call("kill", child, SIGSTOP)
    linux_family.give_way()
    assert linux_family.call("waitid", P_PID, child, linux_family.rw, WEXITED | WNOHANG, 0) == 0
    assert told(linux_family) == (0, 0, 0, 0, 0)
    for _ in range(2):
        assert linux_family.call("waitid", P_PID, child, linux_family.rw, STOPPED | KEEP, 0) == 0
        assert told(linux_family) == (17, 5, child, 1000, SIGSTOP)
    assert "si_status=SIGSTOP" in linux_family.texts[0]
    linux_family.call("waitid", P_PID, child, 0, STOPPED, 0)
    linux_family.call("kill", child, SIGCONT)
    assert linux_family.call("waitid", P_PID, child, linux_family.rw, CONTINUED, 0) == 0
    assert told(linux_family) == (17, 6, child, 1000, SIGCONT)


def test_it_sleeps(linux_family):
    child = linux_family.fork(run=False)
    linux_family.call("waitid", P_PID, child, linux_family.rw, WEXITED, 0)
    assert linux_family.pid == child
    linux_family.call("exit", 1)
    assert (linux_family.pid, linux_family.result, told(linux_family)[4]) == (linux_family.first, 0, 1)


def test_what_was_used(linux_family):
    child = ended(linux_family)
    linux_family.memory.copy_out(linux_family.rw, b"\x55" * 144)
    assert linux_family.call("waitid", P_PID, child, 0, WEXITED, linux_family.rw) == 0
    assert linux_family.memory.copy_in(linux_family.rw + 32, 112) == bytes(112)


@pytest.mark.parametrize(
    ("arguments", "errno"),
    [
        ((P_ALL, 0, 0), "EINVAL"), ((P_ALL, 0, WEXITED | 0x40), "EINVAL"), ((P_PID, 0, WEXITED), "EINVAL"),
        ((P_PGID, -1, WEXITED), "EINVAL"), ((9, 0, WEXITED), "EINVAL"), ((P_PIDFD, -1, WEXITED), "EINVAL"),
        ((P_PIDFD, 1, WEXITED), "EBADF"), ((P_ALL, 0, WNOHANG), "EINVAL"),
    ],
)  # fmt: skip
def test_wrong_questions(linux_family, arguments, errno):
    which, pid, options = arguments
    assert linux_family.call("waitid", which, pid, 0, options, 0) == errno


def test_darwin_tells_no_more_than_the_status(darwin_family):
    """collect64 of 10.5: si_code, si_pid and si_uid are 0."""
    child = ended(darwin_family)
    assert darwin_family.call("waitid", P_PID, child, darwin_family.rw, WEXITED | DARWIN_KEEP) == 0
    assert darwin_told(darwin_family) == (20, 0, 0, 0, 7)
    assert darwin_family.call("waitid", P_ALL, 0, darwin_family.rw, WEXITED) == 0
    assert darwin_family.call("waitid", P_ALL, 0, darwin_family.rw, WEXITED) == "ECHILD"
    child = darwin_family.fork(run=False)
    darwin_family.call("kill", child, 9)
    assert darwin_family.call("waitid", P_PID, child, darwin_family.rw, WEXITED) == 0
    assert darwin_told(darwin_family) == (20, 0, 0, 0, 0)  # WEXITSTATUS of one that was killed


def test_darwin_stopped_and_continued(darwin_family):
    """p_contproc: si_pid is who let it go on, and si_status still what stopped it."""
    child = darwin_family.fork(run=False)
    darwin_family.call("kill", child, DARWIN_SIGSTOP)
    darwin_family.give_way()
    assert darwin_family.call("waitid", P_PID, child, darwin_family.rw, DARWIN_STOPPED) == 0
    assert darwin_told(darwin_family) == (20, 0, 0, 0, DARWIN_SIGSTOP)
    darwin_family.call("kill", child, DARWIN_SIGCONT)
    assert darwin_family.call("waitid", P_PID, child, darwin_family.rw, DARWIN_CONTINUED) == 0
    assert darwin_told(darwin_family) == (20, 6, darwin_family.first, 0, DARWIN_SIGSTOP)


def test_darwin_writes_nothing_where_there_is_nothing(darwin_family):
    darwin_family.fork(run=False)
    darwin_family.memory.copy_out(darwin_family.rw, b"\x55" * 8)
    assert darwin_family.call("waitid", P_ALL, 0, darwin_family.rw, WEXITED | WNOHANG) == 0
    assert darwin_told(darwin_family)[0] == 0x5555_5555
    assert darwin_family.call("waitid", P_ALL, 0, darwin_family.guest.hole, 0) == "EINVAL"
    assert darwin_family.call("waitid", P_PID, -1, 0, WEXITED) == "EINVAL"
    assert darwin_family.call("waitid", P_ALL, 0, 0, WEXITED | 0x40) == "EINVAL"


def test_darwin_keeps_what_it_could_not_tell(darwin_family):
    child = ended(darwin_family)
    assert darwin_family.call("waitid", P_PID, child, darwin_family.guest.hole, WEXITED) == "EFAULT"
    assert darwin_family.call("waitid", P_PID, child, darwin_family.rw, WEXITED) == 0
