"""Masks on Darwin: sigprocmask, __pthread_sigmask, sigpending; sets have 32 bits."""

import struct

import pytest

from kernel_stub.process import Thread

BLOCK, UNBLOCK, SETMASK = 1, 2, 3
USR1, USR2, CANTMASK = 1 << 29, 1 << 30, 1 << 8 | 1 << 16


@pytest.mark.parametrize("call", ["sigprocmask", "__pthread_sigmask"])
@pytest.mark.parametrize(
    ("how", "new", "result"), [(BLOCK, USR2, USR1 | USR2), (UNBLOCK, USR1 | USR2, 0), (SETMASK, USR2, USR2)]
)
def test_how_a_mask_changes_and_that_the_old_one_is_told(process, call, how, new, result):
    process.kernel.thread.blocked = USR1
    process.guest.put(process.rw, struct.pack("<I", new))
    assert process.call(call, how, process.rw, process.rw + 8) == 0
    assert process.kernel.thread.blocked == result
    assert process.read(process.rw + 8, 8) == struct.pack("<II", USR1, 0)


@pytest.mark.parametrize("call", ["sigprocmask", "__pthread_sigmask"])
def test_sigkill_and_sigstop_cannot_be_blocked(process, call):
    process.guest.put(process.rw, struct.pack("<I", 0xFFFF_FFFF))
    assert process.call(call, SETMASK, process.rw, 0) == 0
    assert process.kernel.thread.blocked == 0xFFFF_FFFF & ~CANTMASK


@pytest.mark.parametrize(("how", "error"), [(0, "EINVAL"), (4, "EINVAL")])
def test_how_counts_only_with_a_set(process, how, error):
    process.guest.put(process.rw, struct.pack("<I", USR1))
    assert process.call("sigprocmask", how, process.rw, 0) == error
    assert process.call("sigprocmask", how, 0, process.rw) == 0


def test_a_set_that_cannot_be_read_comes_before_a_wrong_how(process):
    assert process.call("__pthread_sigmask", 99, process.hole, 0) == "EFAULT"


@pytest.mark.parametrize("call", ["sigprocmask", "__pthread_sigmask"])
def test_nobody_looks_whether_the_old_mask_was_written(process, call):
    """copyout's answer is thrown away: a bad address is a success."""
    assert process.call(call, BLOCK, 0, process.hole) == 0


def test_sigprocmask_is_for_every_thread_and_pthread_sigmask_for_one(process):
    """block_procsigmask goes through p_uthlist."""
    other = Thread(tid=4243)
    process.kernel.process.threads.append(other)
    process.guest.put(process.rw, struct.pack("<I", USR1))
    process.call("sigprocmask", BLOCK, process.rw, 0)
    assert (process.kernel.thread.blocked, other.blocked) == (USR1, USR1)
    process.call("__pthread_sigmask", UNBLOCK, process.rw, 0)
    assert (process.kernel.thread.blocked, other.blocked) == (0, USR1)


def test_sigpending_tells_the_threads_set_in_four_bytes(process):
    process.handle(30)
    process.mask(BLOCK, USR1)
    process.call("kill", 4242, 30, 1)
    process.guest.put(process.rw, b"\xee" * 8)
    assert process.call("sigpending", process.rw) == 0
    assert process.read(process.rw, 8) == struct.pack("<I", USR1) + b"\xee" * 4


@pytest.mark.parametrize("where", ["nowhere", "hole"])
def test_sigpending_succeeds_wherever_it_should_write(process, where):
    assert process.call("sigpending", 0 if where == "nowhere" else process.hole) == 0


def test_a_signal_that_becomes_unblocked_is_delivered_at_once(process):
    process.handle(30)
    process.mask(BLOCK, USR1)
    process.call("kill", 4242, 30, 1)
    process.mask(UNBLOCK, USR1)
    assert process.registers.rip == 0x402000
    assert process.frame["ss.rax"] == 0  # the call's result is in the frame
