"""Each call that is a cancellation point has a second number, which does the same."""

import pytest

from kernel_stub.darwin.abi import UNIX
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.darwin.signals import BY_NAME as SIGNALS

# Name and number, from Apple's sys/syscall.h of 10.5.
NUMBERS = {
    "read_nocancel": 396, "write_nocancel": 397, "open_nocancel": 398, "close_nocancel": 399, "wait4_nocancel": 400,
    "recvmsg_nocancel": 401, "sendmsg_nocancel": 402, "recvfrom_nocancel": 403, "accept_nocancel": 404,
    "msync_nocancel": 405, "fcntl_nocancel": 406, "select_nocancel": 407, "fsync_nocancel": 408,
    "connect_nocancel": 409, "sigsuspend_nocancel": 410, "readv_nocancel": 411, "writev_nocancel": 412,
    "sendto_nocancel": 413, "pread_nocancel": 414, "pwrite_nocancel": 415, "waitid_nocancel": 416,
    "poll_nocancel": 417, "sem_wait_nocancel": 420, "aio_suspend_nocancel": 421, "__sigwait_nocancel": 422,
    "__semwait_signal_nocancel": 423,
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_it_is_there_if_the_plain_call_is(name):
    plain = [row for row in DARWIN.table.values() if row.name == name.removesuffix("_nocancel")]
    other = DARWIN.table.get(UNIX | NUMBERS[name])
    assert [row.handler for row in plain] == ([other.handler] if other is not None else [])
    assert other is None or (other.name, other.manual) == (name, plain[0].manual)


def test_no_other_call_has_one():
    assert {row.name for row in DARWIN.table.values() if row.name.endswith("_nocancel")} <= NUMBERS.keys()


def test_bytes_go_through_a_pipe(darwin):
    reader = darwin.call("pipe")
    writer = darwin.registers.rdx
    darwin.put(darwin.rw, b"hello")
    assert darwin.call("write_nocancel", writer, darwin.rw, 5) == 5
    assert darwin.call("read_nocancel", reader, darwin.rw + 16, 9) == 5
    assert darwin.memory.copy_in(darwin.rw + 16, 5) == b"hello"
    assert darwin.call("close_nocancel", writer) == 0
    assert darwin.call("read_nocancel", reader, darwin.rw, 9) == 0
    assert darwin.call("close_nocancel", writer) == "EBADF"
    assert darwin.text == "close_nocancel(4) = -1 EBADF (Bad file descriptor)"


def test_a_descriptors_flags(darwin):
    assert darwin.call("fcntl_nocancel", 1, 2, 1) == 0
    assert darwin.call("fcntl", 1, 1) == 1


def test_sleeps_end(darwin):
    darwin.catch("SIGUSR1")
    darwin.kernel.deliver_at(10**6, "SIGUSR1")
    darwin.call("sigsuspend_nocancel", 0)
    assert darwin.frame()["ss.rax"] == DARWIN.errnos["EINTR"].number
    darwin.kernel.deliver_at(2 * 10**6, "SIGUSR2")
    darwin.put(darwin.rw, (1 << SIGNALS["SIGUSR2"].number - 1).to_bytes(4, "little"))
    assert darwin.call("__sigwait_nocancel", darwin.rw, 0) == 0
    assert darwin.call("__semwait_signal_nocancel", 0x999, 0, 0, 0, 0, 0) == darwin.call("__semwait_signal", 0x999)
